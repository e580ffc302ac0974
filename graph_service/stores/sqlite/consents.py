"""Consents and waivers in SQLite."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from graph_service.model.consents import Consent, Waiver
from graph_service.model.days import FOREVER, day_number, day_of, end_number, end_of
from graph_service.model.records import LATEST
from graph_service.stores.sqlite.rows import Row, Rows


def _consent(row: Row) -> Consent:
    id_, subject, guardian, purpose, since, until, seq, voided_on, voided_seq = row
    return Consent(
        id=id_,
        subject=subject,
        guardian=guardian,
        purpose=purpose,
        since=day_of(since),
        until=end_of(until),
        seq=seq,
        voided_on=end_of(voided_on),
        voided_seq=None if voided_seq == LATEST else voided_seq,
    )


def _waiver(row: Row) -> Waiver:
    id_, member, group, since, until, seq, voided_on, voided_seq = row
    return Waiver(
        id=id_,
        member=member,
        group=group,
        since=day_of(since),
        until=end_of(until),
        seq=seq,
        voided_on=end_of(voided_on),
        voided_seq=None if voided_seq == LATEST else voided_seq,
    )


class ConsentsReading(Rows):
    """Reads consents and waivers."""

    def consents_of(self, ids: Collection[str]) -> Mapping[str, Consent]:
        """Find consents by id."""
        rows = self._rows_among("SELECT * FROM consent WHERE id IN ({ids})", ids)
        return {row[0]: _consent(row) for row in rows}

    def consents_by(self, subjects: Collection[str]) -> Mapping[str, list[Consent]]:
        """List all consents of each subject, in order of id."""
        rows = self._rows_among("SELECT * FROM consent WHERE subject IN ({ids}) ORDER BY id", subjects)
        given: dict[str, list[Consent]] = {}
        for consent in map(_consent, rows):
            given.setdefault(consent.subject, []).append(consent)
        return given

    def consents(self, *, after: str | None, limit: int) -> list[Consent]:
        """List consents in order of id."""
        rows = self._rows("SELECT * FROM consent WHERE id > ? ORDER BY id LIMIT ?", (after or "", limit))
        return [_consent(row) for row in rows]

    def waivers_of(self, ids: Collection[str]) -> Mapping[str, Waiver]:
        """Find waivers by id."""
        rows = self._rows_among("SELECT * FROM waiver WHERE id IN ({ids})", ids)
        return {row[0]: _waiver(row) for row in rows}

    def waivers_for(self, members: Collection[str]) -> Mapping[str, list[Waiver]]:
        """List all waivers of each member, in order of id."""
        rows = self._rows_among("SELECT * FROM waiver WHERE member IN ({ids}) ORDER BY id", members)
        granted: dict[str, list[Waiver]] = {}
        for waiver in map(_waiver, rows):
            granted.setdefault(waiver.member, []).append(waiver)
        return granted

    def waivers(self, *, after: str | None, limit: int) -> list[Waiver]:
        """List waivers in order of id."""
        rows = self._rows("SELECT * FROM waiver WHERE id > ? ORDER BY id LIMIT ?", (after or "", limit))
        return [_waiver(row) for row in rows]


def _span(held: Consent | Waiver) -> Iterable[int]:
    return (
        day_number(held.since),
        end_number(held.until),
        held.seq,
        FOREVER if held.voided_on is None else day_number(held.voided_on),
        LATEST if held.voided_seq is None else held.voided_seq,
    )


class ConsentsWriting(ConsentsReading):
    """Writes consents and waivers."""

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Keep consents in place of what was kept under their ids."""
        self._write_many(
            "INSERT OR REPLACE INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(consent.id, consent.subject, consent.guardian, consent.purpose, *_span(consent)) for consent in consents],
        )

    def put_waiver(self, waiver: Waiver) -> None:
        """Keep a waiver in place of what was kept under its id."""
        self._write(
            "INSERT OR REPLACE INTO waiver VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (waiver.id, waiver.member, waiver.group, *_span(waiver)),
        )
