"""The statements of the share relation that a set of adopted editions needs, each printed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from graph_service.policy.schemes import Edition
from graph_service.relation import sql
from graph_service.relation.sql import Anchor, Dialect
from graph_service.scoring.sharing import Carriage, Pattern, carriages


class Statements:
    """All statements for a list of editions. A statement is printed when it is first asked for."""

    def __init__(self, editions: Sequence[Edition], dialect: Dialect = Dialect.SQLITE) -> None:
        self.editions = tuple(editions)
        self._dialect = dialect
        self._printed: dict[tuple[str, ...], str] = {}

    @cached_property
    def carriages(self) -> tuple[Carriage, ...]:
        """The terms of all editions, worked out for every rule."""
        return tuple(carriage for edition in self.editions for carriage in carriages(edition))

    def patterns(self, scheme: str | None, sign: int | None = None) -> list[Pattern]:
        """List the distinct patterns of a scheme (of all where None), of both signs or of one."""
        found = {
            carriage.pattern.key: carriage.pattern
            for carriage in self.carriages
            if scheme in {None, carriage.scheme} and sign in {None, carriage.sign}
        }
        return [found[key] for key in sorted(found)]

    def forward(self, scheme: str, sign: int) -> str:
        """Every walk of an act; empty where the scheme shares nothing of this sign."""
        return self._print(
            ("forward", scheme, str(sign)),
            lambda: sql.walks(self.patterns(scheme, sign), Anchor.ACT, self._dialect),
        )

    def backward(self, scheme: str) -> str:
        """Every share that reaches a subject."""
        return self._print(
            ("backward", scheme),
            lambda: sql.shares(self.patterns(scheme), Anchor.TARGET, self._dialect),
        )

    def whole(self, scheme: str) -> str:
        """Every share there is."""
        return self._print(
            ("whole", scheme),
            lambda: sql.shares(self.patterns(scheme), Anchor.WHOLE, self._dialect),
        )

    def through_tie(self) -> str:
        """Every record with a walk over a tie; empty where nothing is shared."""
        return self._print(("tie",), lambda: sql.records_through(self.patterns(None), Anchor.TIE))

    def through_subject(self, purpose: str) -> str:
        """Every record that a subject's consent to a purpose could let pass; empty where nothing asks for it."""
        asking = [
            pattern
            for pattern in self.patterns(None)
            if pattern.consent is not None and pattern.consent.purpose == purpose
        ]
        return self._print(("subject", purpose), lambda: sql.records_through(asking, Anchor.SUBJECT))

    def _print(self, name: tuple[str, ...], printer: Callable[[], str]) -> str:
        if name not in self._printed:
            self._printed[name] = printer()
        return self._printed[name]
