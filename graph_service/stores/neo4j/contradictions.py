"""Where the graph contradicts itself: the chain, guards and indexes, and what is kept twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from graph_service.stores.neo4j.layout import STEPS, name_of, tie_steps
from graph_service.stores.neo4j.records import record_of, written_record
from graph_service.stores.neo4j.rows import Properties, read_properties
from graph_service.stores.neo4j.ties import TiesReading
from graph_service.stores.neo4j.writing import written_carriages, written_edition

#: Records that are compared at a time.
RECORDS_PER_PAGE = 2_000

#: What is asked, and the sentence about each id in the answer.
_QUESTIONS = (
    (
        "MATCH (s:Subject)-[:DID]->(r:Record) WHERE r.subject <> s.id RETURN r.id ORDER BY r.id",
        "record {} says another subject than the one that it is tied to",
    ),
    (
        "MATCH (r:Record) WHERE NOT EXISTS { (:Subject)-[:DID]->(r) } RETURN r.id ORDER BY r.id",
        "record {} is tied to no subject",
    ),
    (
        "MATCH (r:Record)-[f:IN_FORCE]->(s:Subject) WHERE f.record <> r.id OR f.subject <> s.id"
        " OR f.sign <> sign(f.points) RETURN DISTINCT r.id ORDER BY r.id",
        "force of record {} says another record, subject or sign than its own",
    ),
    (
        "MATCH (s:Subject)-[:STANDS|HAS_BALANCE]->(h) WHERE h.subject <> s.id RETURN DISTINCT s.id ORDER BY s.id",
        "what is kept of subject {} says another subject",
    ),
    (
        "MATCH (e:Entry) WHERE e.seq > 1 AND NOT EXISTS { (:Entry {seq: e.seq - 1})-[:FOLLOWED_BY]->(e) }"
        " RETURN toString(e.seq) ORDER BY e.seq",
        "entry {} is not chained to the one before",
    ),
)


class ContradictionsReading(TiesReading):
    """Compares what is kept twice."""

    def contradictions(self, *, limit: int) -> list[str]:
        """Name places where the graph contradicts itself."""
        return list(islice(self._contradictions(), limit))

    def _contradictions(self) -> Iterator[str]:
        yield from self._layout_changes()
        yield from self._record_changes()
        for question, sentence in _QUESTIONS:
            for (found,) in self._rows(question):
                yield sentence.format(found)
        yield from self._carriage_changes()
        codes = sorted({code for edition in self.editions() for code in edition.policy.schemes})
        for (scheme,) in self._rows(
            "MATCH (h:Standing|Balance) WHERE NOT h.scheme IN $codes"
            " RETURN DISTINCT h.scheme AS scheme ORDER BY scheme",
            codes=codes,
        ):
            yield f"standings or balances are kept in {scheme}, a scheme that no edition has"
        (entries,) = self._rows("MATCH (e:Entry) WHERE e.seq <= $upto RETURN count(e), coalesce(max(e.seq), 0)")
        if entries != [self._book.head.seq, self._book.head.seq]:
            yield f"the journal ends at {self._book.head.seq} and has {entries[0]} entries up to {entries[1]}"

    def _layout_changes(self) -> Iterator[str]:
        """Name guards and indexes that are missing."""
        steps = [*(statement for step in STEPS.values() for statement in step), *tie_steps(self._book.tie_kinds)]
        found = {name for (name,) in self._rows("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name")}
        for statement in steps:
            if name_of(statement) not in found:
                yield f"{name_of(statement)} is missing, or not ready"

    def _record_changes(self) -> Iterator[str]:
        """Name records with fields that their whole does not have."""
        after = ""
        while page := self._maps(
            "MATCH (r:Record) WHERE r.id > $after RETURN properties(r) ORDER BY r.id LIMIT $limit",
            after=after,
            limit=RECORDS_PER_PAGE,
        ):
            for found in page:
                if read_properties(found) != _given(written_record(record_of(found))):
                    yield f"record {found['id']} has fields that its whole does not have"
            after = page[-1]["id"]

    def _carriage_changes(self) -> Iterator[str]:
        """Name editions that are not listed, or whose terms are not those that their texts say."""
        for edition in self.editions():
            listed = self._maps("MATCH (d:Edition {number: $number}) RETURN properties(d)", number=edition.number)
            if [read_properties(found) for found in listed] != [_given(written_edition(edition))]:
                yield f"edition {edition.number} is not listed as it was adopted"
            terms = self._maps("MATCH (m:Carriage {edition: $number}) RETURN properties(m)", number=edition.number)
            expected = [_given(term) for term in written_carriages(edition)]
            if sorted(map(_ordered, terms)) != sorted(map(_ordered, expected)):
                yield f"edition {edition.number} has terms that its texts do not say"


def _given(written: Properties) -> Properties:
    """Leave out what is absent, as the graph does."""
    return {name: value for name, value in written.items() if value is not None}


def _ordered(term: Properties) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in term.items())
