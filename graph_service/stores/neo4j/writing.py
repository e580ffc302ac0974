"""Writing: what a page changed, written with few statements of many rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from graph_service.model.consents import Consent, Waiver
from graph_service.model.journal import Entry
from graph_service.model.records import Force, Record
from graph_service.model.standing import Balance, Standing
from graph_service.model.subjects import AgeChange, Subject
from graph_service.model.ties import Tie
from graph_service.policy.schemes import Edition
from graph_service.relation.book import CypherStatements
from graph_service.relation.cypher import label, tie_name
from graph_service.stores.neo4j.consents import written_consent, written_waiver
from graph_service.stores.neo4j.draft import Change
from graph_service.stores.neo4j.journal import Book, written_book, written_entry
from graph_service.stores.neo4j.records import written_force, written_record
from graph_service.stores.neo4j.rows import Asking, Properties
from graph_service.stores.neo4j.standing import written_balance, written_standing
from graph_service.stores.neo4j.subjects import written_age, written_subject
from graph_service.stores.neo4j.ties import written_tie

Held = TypeVar("Held")
Part = TypeVar("Part")

_KEPT_ENTRY = "CREATE (e:Entry) SET e = row"
_CHAINED = "MATCH (p:Entry {seq: row.seq - 1}) MATCH (e:Entry {seq: row.seq}) CREATE (p)-[:FOLLOWED_BY]->(e)"
_KEPT_AGE = "MATCH (s:Subject {id: row.subject}) CREATE (s)-[:AGED]->(g:Age) SET g = row"
_GONE_AGE = "MATCH (g:Age {subject: row.subject, since: row.since, age_class: row.age_class}) DETACH DELETE g"
_KEPT_CONSENT = "MATCH (s:Subject {id: row.subject}) CREATE (s)-[:CONSENTED]->(c:Consent) SET c = row"
_KEPT_WAIVER = (
    "MATCH (s:Subject {id: row.member}) MATCH (g:Subject {id: row.group})"
    " CREATE (s)-[:WAIVED]->(w:Waiver)-[:TOWARDS]->(g) SET w = row"
)
_KEPT_RECORD = "MATCH (s:Subject {id: row.subject}) CREATE (s)-[:DID]->(r:Record) SET r = row"
_KEPT_FORCE = (
    "MATCH (r:Record {id: row.record}) MATCH (s:Subject {id: row.subject}) CREATE (r)-[f:IN_FORCE]->(s) SET f = row"
)
_HELD_FORCE = "MATCH (:Record {id: row.record})-[f:IN_FORCE {opened_seq: row.opened_seq}]->()"
_KEPT_BALANCE = "MATCH (s:Subject {id: row.subject}) CREATE (s)-[:HAS_BALANCE]->(b:Balance) SET b = row"
_HELD_BALANCE = (
    "MATCH (b:Balance {subject: row.subject, scheme: row.scheme, route: row.route, sign: row.sign, period: row.period})"
)
_KEPT_STANDING = "MATCH (s:Subject {id: row.subject}) CREATE (s)-[:STANDS]->(h:Standing) SET h = row"
_HELD_STANDING = "MATCH (h:Standing {scheme: row.scheme, subject: row.subject})"
_KEPT_EDITION = "CREATE (d:Edition) SET d = row"
_KEPT_CARRIAGE = "MATCH (d:Edition {number: row.edition}) CREATE (d)-[:CARRIES]->(m:Carriage) SET m = row"


class Writing(Asking):
    """Writes changes to the graph."""

    def _each(self, statement: str, rows: Sequence[object]) -> None:
        self._write(f"UNWIND $rows AS row {statement}", rows)

    def _change_things(
        self,
        changes: Sequence[Change[Any, Held]],
        written: Callable[[Held], Properties],
        *,
        kept: str,
        named: str,
    ) -> None:
        """Write things that are found by their id: new ones, changed ones, and those that are not to be.

        Args:
            changes: What becomes of them.
            written: How they are written.
            kept: Makes a new one of a `row`.
            named: Their label.
        """
        held = f"MATCH (n:{named} {{id: row.id}})"
        self._each(kept, [written(each.after) for each in changes if each.before is None and each.after is not None])
        self._each(
            f"{held} SET n = row",
            [written(each.after) for each in changes if each.before is not None and each.after is not None],
        )
        self._each(f"{held} DETACH DELETE n", [{"id": each.key} for each in changes if each.after is None])

    def _change_subjects(self, changes: Sequence[Change[str, Subject]]) -> None:
        def kind(each: Change[str, Subject]) -> str:
            return label(each.after.kind) if each.after is not None else ""

        for named, of_kind in groupby(sorted(changes, key=kind), key=kind):
            made = f"CREATE (s:Subject:{named}) SET s = row"
            self._change_things(list(of_kind), written_subject, kept=made, named="Subject")

    def _change_ages(self, changes: Sequence[Change[str, tuple[AgeChange, ...]]]) -> None:
        kept, gone, other = _parts(changes, lambda age: (age.since, age.age_class))
        # What came again at another position takes the other's place.
        self._each(_GONE_AGE, [written_age(age) for age in (*gone, *other)])
        self._each(_KEPT_AGE, [written_age(age) for age in (*kept, *other)])

    def _change_ties(self, changes: Sequence[Change[str, Tie]]) -> None:
        made = [each.after for each in changes if each.after is not None and not _same_ends(each)]
        gone = [each.before for each in changes if each.before is not None and not _same_ends(each)]
        held = [each.after for each in changes if each.after is not None and _same_ends(each)]
        for kind, ties in _by_kind(gone):
            self._each(f"MATCH ()-[t:{kind} {{id: row.id}}]->() DELETE t", [written_tie(tie) for tie in ties])
        for kind, ties in _by_kind(made):
            self._each(
                "MATCH (s:Subject {id: row.source}) MATCH (o:Subject {id: row.target})"
                f" CREATE (s)-[t:{kind}]->(o) SET t = row.said",
                [{"source": tie.source, "target": tie.target, "said": written_tie(tie)} for tie in ties],
            )
        for kind, ties in _by_kind(held):
            self._each(
                f"MATCH (:Subject {{id: row.source}})-[t:{kind} {{id: row.said.id}}]->() SET t = row.said",
                [{"source": tie.source, "said": written_tie(tie)} for tie in ties],
            )

    def _change_consents(self, changes: Sequence[Change[str, Consent]]) -> None:
        self._change_things(changes, written_consent, kept=_KEPT_CONSENT, named="Consent")

    def _change_waivers(self, changes: Sequence[Change[str, Waiver]]) -> None:
        self._change_things(changes, written_waiver, kept=_KEPT_WAIVER, named="Waiver")

    def _change_records(self, changes: Sequence[Change[str, Record]]) -> None:
        self._change_things(changes, written_record, kept=_KEPT_RECORD, named="Record")

    def _change_forces(self, changes: Sequence[Change[str, tuple[Force, ...]]]) -> None:
        kept, gone, other = _parts(changes, lambda force: force.opened_seq)
        self._each(f"{_HELD_FORCE} DELETE f", [written_force(force) for force in gone])
        self._each(_KEPT_FORCE, [written_force(force) for force in kept])
        self._each(f"{_HELD_FORCE} SET f = row", [written_force(force) for force in other])

    def _change_entries(self, changes: Sequence[Change[str, Entry]]) -> None:
        self._each("MATCH (e:Entry {id: row}) DETACH DELETE e", [each.key for each in changes if each.after is None])
        entries = [written_entry(each.after) for each in changes if each.after is not None]
        self._each(_KEPT_ENTRY, entries)
        self._each(_CHAINED, [{"seq": entry["seq"]} for entry in entries])

    def _change_editions(self, changes: Sequence[Change[int, Edition]]) -> None:
        numbers = [each.key for each in changes if each.after is None]
        self._each("MATCH (m:Carriage {edition: row}) DETACH DELETE m", numbers)
        self._each("MATCH (d:Edition {number: row}) DETACH DELETE d", numbers)
        editions = [each.after for each in changes if each.after is not None]
        self._each(_KEPT_EDITION, [written_edition(edition) for edition in editions])
        self._each(_KEPT_CARRIAGE, [row for edition in editions for row in written_carriages(edition)])

    def _change_balances(self, changes: Sequence[Change[tuple[str, str], tuple[Balance, ...]]]) -> None:
        kept, gone, other = _parts(changes, lambda held: (held.route, held.sign, held.period))
        self._each(f"{_HELD_BALANCE} DETACH DELETE b", [written_balance(held) for held in gone])
        self._each(_KEPT_BALANCE, [written_balance(held) for held in kept])
        self._each(f"{_HELD_BALANCE} SET b = row", [written_balance(held) for held in other])

    def _change_standings(self, changes: Sequence[Change[tuple[str, str], Standing]]) -> None:
        gone = [{"scheme": each.key[0], "subject": each.key[1]} for each in changes if each.after is None]
        self._each(f"{_HELD_STANDING} DETACH DELETE h", gone)
        kept = [written_standing(each.after) for each in changes if each.after is not None and each.before is None]
        self._each(_KEPT_STANDING, kept)
        other = [written_standing(each.after) for each in changes if each.after is not None and each.before is not None]
        self._each(f"{_HELD_STANDING} SET h = row", other)

    def _change_book(self, book: Book) -> None:
        self._each("MATCH (j:Journal {only: 1}) SET j += row", [written_book(book)])


def written_edition(edition: Edition) -> Properties:
    """Write an edition."""
    return {"number": edition.number, "name": edition.policy.name, "since": edition.since, "seq": edition.seq}


def written_carriages(edition: Edition) -> list[Properties]:
    """Write the terms of an edition."""
    return [
        {
            "edition": carriage.edition,
            "scheme": carriage.scheme,
            "rule": carriage.rule,
            "sign": carriage.sign,
            "pattern": carriage.pattern.key,
            "route": carriage.route,
            "place": carriage.place,
            "percent": carriage.percent,
            "fixed": carriage.fixed,
            "at_most": carriage.at_most,
        }
        for carriage in CypherStatements([edition]).carriages
    ]


def _same_ends(change: Change[str, Tie]) -> bool:
    before, after = change.before, change.after
    if before is None or after is None:
        return False
    return (before.kind, before.source, before.target) == (after.kind, after.source, after.target)


def _by_kind(ties: Iterable[Tie]) -> Iterable[tuple[str, list[Tie]]]:
    found: dict[str, list[Tie]] = {}
    for tie in ties:
        found.setdefault(tie_name(tie.kind), []).append(tie)
    return found.items()


def _parts(
    changes: Iterable[Change[Any, tuple[Part, ...]]], key: Callable[[Part], Hashable]
) -> tuple[list[Part], list[Part], list[Part]]:
    """Compare things of several parts: which parts are new, which are gone, and which are other than before."""
    kept: list[Part] = []
    gone: list[Part] = []
    other: list[Part] = []
    for change in changes:
        before: Mapping[Hashable, Part] = {key(part): part for part in change.before or ()}
        after: Mapping[Hashable, Part] = {key(part): part for part in change.after or ()}
        kept += [part for name, part in after.items() if name not in before]
        gone += [part for name, part in before.items() if name not in after]
        other += [part for name, part in after.items() if name in before and before[name] != part]
    return kept, gone, other
