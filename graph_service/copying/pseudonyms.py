"""Pseudonyms: other ids for what a copy speaks of, under a key that is thrown away."""

from __future__ import annotations

import hmac
import secrets

from graph_service.model.actors import Automaton

#: Hexadecimal digits of a pseudonym: 96 bits, so that no two things of a copy meet under one.
DIGITS = 24


class Pseudonyms:
    """The pseudonyms of one copy.

    The key is made here and known to nobody else: when the copy is done, no one can tell whose a pseudonym is, nor
    which pseudonyms of two copies mean the same.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def subject(self, id_: str) -> str:
        """Give that of a subject."""
        return self._of("subject", id_)

    def actor(self, id_: str) -> str:
        """Give that of who did something: of a subject the same. What acts by itself is called what it is called."""
        return id_ if id_ in set(Automaton) else self.subject(id_)

    def tie(self, id_: str) -> str:
        """Give that of a tie."""
        return self._of("tie", id_)

    def consent(self, id_: str) -> str:
        """Give that of a consent."""
        return self._of("consent", id_)

    def waiver(self, id_: str) -> str:
        """Give that of a waiver."""
        return self._of("waiver", id_)

    def record(self, id_: str) -> str:
        """Give that of a record."""
        return self._of("record", id_)

    def _of(self, noun: str, id_: str) -> str:
        return hmac.digest(self._key, f"{noun}/{id_}".encode(), "sha256").hex()[:DIGITS]
