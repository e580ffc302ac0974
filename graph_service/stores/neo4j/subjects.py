"""Subjects and their ages in Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graph_service.model.subjects import AgeChange, AgeClass, Subject, SubjectKind
from graph_service.stores.neo4j.rows import Asking, Properties, day, day_or_none


def subject_of(found: Properties) -> Subject:
    """Read a subject."""
    return Subject(
        id=found["id"],
        kind=SubjectKind(found["kind"]),
        name=found.get("name"),
        since=day_or_none(found.get("since")),
        until=day_or_none(found.get("until")),
        seq=found["seq"],
    )


def written_subject(subject: Subject) -> Properties:
    """Write a subject."""
    return {
        "id": subject.id,
        "kind": str(subject.kind),
        "name": subject.name,
        "since": subject.since,
        "until": subject.until,
        "seq": subject.seq,
    }


def age_of(found: Properties) -> AgeChange:
    """Read an age change."""
    return AgeChange(
        subject=found["subject"],
        age_class=AgeClass(found["age_class"]),
        since=day(found["since"]),
        seq=found["seq"],
    )


def written_age(change: AgeChange) -> Properties:
    """Write an age change."""
    return {"subject": change.subject, "age_class": str(change.age_class), "since": change.since, "seq": change.seq}


class SubjectsReading(Asking):
    """Reads subjects."""

    def subjects_of(self, ids: Collection[str]) -> Mapping[str, Subject]:
        """Find subjects by id."""
        rows = self._among("MATCH (s:Subject) WHERE s.id IN $ids AND s.seq <= $upto RETURN properties(s)", ids)
        return {found["id"]: subject_of(found) for found in rows}

    def subjects(self, *, kinds: Collection[SubjectKind], after: str | None, limit: int) -> list[Subject]:
        """List subjects of some kinds, in order of id."""
        rows = self._maps(
            "MATCH (s:Subject) WHERE s.id > $after AND s.kind IN $kinds AND s.seq <= $upto"
            " RETURN properties(s) ORDER BY s.id LIMIT $limit",
            after=after or "",
            kinds=[str(kind) for kind in (kinds or SubjectKind)],
            limit=limit,
        )
        return [subject_of(found) for found in rows]

    def ages_of(self, subjects: Collection[str]) -> Mapping[str, list[AgeChange]]:
        """List the age changes of persons, in order of day."""
        rows = self._among(
            "MATCH (g:Age) WHERE g.subject IN $ids AND g.seq <= $upto RETURN properties(g) ORDER BY g.subject, g.since",
            subjects,
        )
        ages: dict[str, list[AgeChange]] = {}
        for change in map(age_of, rows):
            ages.setdefault(change.subject, []).append(change)
        return ages

    def ages(self, *, after: str | None, limit: int) -> list[AgeChange]:
        """List all age changes of up to `limit` persons, in order of person and day."""
        rows = self._maps(
            "MATCH (g:Age) WHERE g.subject > $after AND g.seq <= $upto"
            " WITH DISTINCT g.subject AS subject ORDER BY subject LIMIT $limit"
            " MATCH (g:Age {subject: subject}) WHERE g.seq <= $upto"
            " RETURN properties(g) ORDER BY g.subject, g.since",
            after=after or "",
            limit=limit,
        )
        return [age_of(found) for found in rows]
