"""Records and the stretches in which they are in force, in Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from graph_service.model.records import Act, Force, Record, RecordState
from graph_service.ports.store import Due
from graph_service.projection.codec import of_whole, whole
from graph_service.stores.neo4j.rows import Asking, Properties, day, day_or_none

#: What `record_of` reads of a record `r`. Without a name of its own it would hide the record from what orders the rows.
_COLUMNS = "r{.whole, .seq, .approved_seq} AS found"


def record_of(found: Properties) -> Record:
    """Read a record."""
    return of_whole(found["whole"], seq=found["seq"], approved_seq=found.get("approved_seq"))


def written_record(record: Record) -> Properties:
    """Write a record: what is asked of it and read by people, and the whole as the journal would say it."""
    return {
        "id": record.id,
        "subject": record.subject,
        "scheme": record.scheme,
        "rule": record.rule,
        "edition": record.edition,
        "happened_on": record.happened_on,
        "points": record.points,
        "sign": record.act.sign,
        "grade": record.grade,
        "state": str(record.state),
        "due_on": record.due_on,
        "seq": record.seq,
        "approved_seq": record.approved_seq,
        "whole": whole(record),
    }


def written_act(act: Act) -> Properties:
    """Write what the share relation sees of a record."""
    return {
        "record": act.record,
        "subject": act.subject,
        "scheme": act.scheme,
        "rule": act.rule,
        "edition": act.edition,
        "happened_on": act.happened_on,
        "points": act.points,
        "sign": act.sign,
        "grade": act.grade,
    }


def act_of(found: Properties) -> Act:
    """Read what the share relation sees of a record."""
    return Act(
        record=found["record"],
        subject=found["subject"],
        scheme=found["scheme"],
        rule=found["rule"],
        edition=found["edition"],
        happened_on=day(found["happened_on"]),
        points=found["points"],
        grade=found.get("grade"),
    )


def force_of(found: Properties) -> Force:
    """Read a stretch."""
    return Force(
        act=act_of(found),
        opened_on=day(found["opened_on"]),
        opened_seq=found["opened_seq"],
        closed_on=day_or_none(found.get("closed_on")),
        closed_seq=found.get("closed_seq"),
    )


def written_force(force: Force) -> Properties:
    """Write a stretch."""
    return {
        **written_act(force.act),
        "opened_on": force.opened_on,
        "opened_seq": force.opened_seq,
        "closed_on": force.closed_on,
        "closed_seq": force.closed_seq,
    }


class RecordsReading(Asking):
    """Reads records."""

    def records_of(self, ids: Collection[str]) -> Mapping[str, Record]:
        """Find records by id."""
        rows = self._among(f"MATCH (r:Record) WHERE r.id IN $ids AND r.seq <= $upto RETURN {_COLUMNS}", ids)
        return {record.id: record for record in map(record_of, rows)}

    def records_about(self, subjects: Collection[str]) -> Mapping[str, list[Record]]:
        """List the records of each subject, newest behaviour first, then by id."""
        rows = self._among(
            f"MATCH (s:Subject)-[:DID]->(r:Record) WHERE s.id IN $ids AND r.seq <= $upto RETURN {_COLUMNS}"
            " ORDER BY r.happened_on DESC, r.id",
            subjects,
        )
        about: dict[str, list[Record]] = {}
        for record in map(record_of, rows):
            about.setdefault(record.subject, []).append(record)
        return about

    def records(self, *, states: Collection[RecordState], after: str | None, limit: int) -> list[Record]:
        """List records in some states, in order of id."""
        rows = self._maps(
            f"MATCH (r:Record) WHERE r.id > $after AND r.seq <= $upto{' AND r.state IN $states' if states else ''}"
            f" RETURN {_COLUMNS} ORDER BY r.id LIMIT $limit",
            after=after or "",
            states=[str(state) for state in states],
            limit=limit,
        )
        return [record_of(found) for found in rows]

    def forces_of(self, records: Collection[str]) -> Mapping[str, list[Force]]:
        """List the stretches in which each record was in force, in order."""
        rows = self._among(
            "MATCH (r:Record)-[f:IN_FORCE]->() WHERE r.id IN $ids AND f.opened_seq <= $upto"
            " RETURN properties(f) ORDER BY f.record, f.opened_seq",
            records,
        )
        stretches: dict[str, list[Force]] = {}
        for force in map(force_of, rows):
            stretches.setdefault(force.act.record, []).append(force)
        return stretches

    def forces(self, *, after: str | None, limit: int) -> list[Force]:
        """List all stretches of up to `limit` records, in order of record and position."""
        rows = self._maps(
            "MATCH ()-[f:IN_FORCE]->() WHERE f.record > $after AND f.opened_seq <= $upto"
            " WITH DISTINCT f.record AS record ORDER BY record LIMIT $limit"
            " MATCH (:Record {id: record})-[f:IN_FORCE]->() WHERE f.opened_seq <= $upto"
            " RETURN properties(f) ORDER BY f.record, f.opened_seq",
            after=after or "",
            limit=limit,
        )
        return [force_of(found) for found in rows]

    def due(self, *, by: date, limit: int) -> list[Due]:
        """List what falls due up to and on a day, in order of day and record."""
        rows = self._rows(
            "MATCH (r:Record) WHERE r.due_on <= $by AND r.seq <= $upto"
            " RETURN r.id, r.due_on ORDER BY r.due_on, r.id LIMIT $limit",
            by=by,
            limit=limit,
        )
        return [Due(record=id_, on=day(on)) for id_, on in rows]

    def due_of(self, records: Collection[str]) -> Mapping[str, Due]:
        """Find what falls due for records."""
        rows = self._rows(
            "MATCH (r:Record) WHERE r.id IN $ids AND r.due_on IS NOT NULL RETURN r.id, r.due_on", ids=list(records)
        )
        return {id_: Due(record=id_, on=day(on)) for id_, on in rows}
