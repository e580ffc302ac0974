"""The layout: what the graph consists of, and the steps by which a database comes to have it.

    (:Journal)                                   where the journal ends; the one place that all writers lock
    (:Image)                                     what the last pages changed, as it was: for readings that began earlier
    (:Entry)-[:FOLLOWED_BY]->(:Entry)            the chain, by `seq`
    (:Edition)-[:CARRIES]->(:Carriage)           every term of every edition, worked out for every rule that it carries
    (:Subject:StudyGroup)                        whoever can be spoken of, with the kind as a label
    (:Subject)-[:MEMBER_OF]->(:Subject)          ties, by kind; between two subjects there are ties and nothing else
    (:Subject)-[:AGED]->(:Age)
    (:Subject)-[:CONSENTED]->(:Consent)
    (:Subject)-[:WAIVED]->(:Waiver)-[:TOWARDS]->(:Subject)
    (:Subject)-[:DID]->(:Record)                 what somebody did, as it stands now
    (:Record)-[:IN_FORCE]->(:Subject)            the stretches of days on which it counts, or counted
    (:Subject)-[:HAS_BALANCE]->(:Balance)
    (:Subject)-[:STANDS]->(:Standing)

Days are dates, and an end that is open is absent. Points are integers of millionths.
"""

from __future__ import annotations

from collections.abc import Iterable

from neo4j import Driver, Session

from graph_service.errors import StoreLayoutNewer, StoreLayoutOlder, StoreMissing, StoreNotOurs
from graph_service.relation.cypher import tie_name
from graph_service.stores.neo4j.journal import EMPTY, written_book
from graph_service.stores.neo4j.rows import Properties

#: How the names of our constraints and indexes begin.
OURS = "trustnet_"

#: What is unique, and by that found: labels and properties.
_UNIQUE = {
    "journal": ("Journal", "only"),
    "image": ("Image", "number"),
    "entry_by_seq": ("Entry", "seq"),
    "entry_by_id": ("Entry", "id"),
    "edition": ("Edition", "number"),
    "subject": ("Subject", "id"),
    "age": ("Age", "subject, since, age_class"),
    "consent": ("Consent", "id"),
    "waiver": ("Waiver", "id"),
    "record": ("Record", "id"),
    "balance": ("Balance", "subject, scheme, route, sign, period"),
    "standing": ("Standing", "scheme, subject"),
}
#: What else is found by.
_FOUND = {
    "carriage": ("Carriage", "edition, scheme, rule, sign, pattern"),
    "age_of_subject": ("Age", "subject"),
    "balance_of_subject": ("Balance", "subject"),
    "balance_of_scheme": ("Balance", "scheme"),
    "record_due": ("Record", "due_on"),
    "record_in_state": ("Record", "state"),
    "consent_voided": ("Consent", "voided_on"),
    "waiver_voided": ("Waiver", "voided_on"),
}
#: The same of stretches of force.
_FORCES = {"force_of_record": "record", "force_with_grade": "grade"}


def _properties(bound: str, names: str) -> str:
    listed = ", ".join(f"{bound}.{name}" for name in names.split(", "))
    return f"({listed})"


def _first_step() -> list[str]:
    unique = [
        f"CREATE CONSTRAINT {OURS}{name} IF NOT EXISTS FOR (n:{of}) REQUIRE {_properties('n', names)} IS UNIQUE"
        for name, (of, names) in _UNIQUE.items()
    ]
    found = [
        f"CREATE INDEX {OURS}{name} IF NOT EXISTS FOR (n:{of}) ON {_properties('n', names)}"
        for name, (of, names) in _FOUND.items()
    ]
    forces = [
        f"CREATE INDEX {OURS}{name} IF NOT EXISTS FOR ()-[f:IN_FORCE]-() ON (f.{field})"
        for name, field in _FORCES.items()
    ]
    # Persons have no names here, so it is the public names of organisations that are found.
    names = f"CREATE FULLTEXT INDEX {OURS}names IF NOT EXISTS FOR (s:Subject) ON EACH [s.name]"
    return [*unique, *found, *forces, names]


#: The steps by number. A step is never changed once it was published; another one is put behind it.
STEPS: dict[int, list[str]] = {1: _first_step()}

#: The number of the layout that this program knows.
LAYOUT = max(STEPS)


def tie_steps(kinds: Iterable[str]) -> list[str]:
    """Give the steps that let ties of some kinds be found by id, and by the day on which they were voided."""
    return [
        f"CREATE INDEX {OURS}tie_{kind}_{field} IF NOT EXISTS FOR ()-[t:{tie_name(kind)}]-() ON (t.{field})"
        for kind in sorted(kinds)
        for field in ("id", "voided_on")
    ]


def name_of(statement: str) -> str:
    """Give the name of what a step makes."""
    return next(word for word in statement.split() if word.startswith(OURS))


def laid(connected: Session) -> set[str]:
    """Give the names of the constraints and indexes that there are, but for those that every database has."""
    found = connected.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").values()
    return {name for (name,) in found}


def take(connected: Session, statements: Iterable[str]) -> None:
    """Take the steps that were not taken yet; another service may be taking them at the same time."""
    found = laid(connected)
    missing = [statement for statement in statements if name_of(statement) not in found]
    for statement in missing:
        connected.run(statement).consume()
    if missing:
        connected.run("CALL db.awaitIndexes(300)").consume()


def prepare(driver: Driver, database: str | None, address: str, *, create: bool) -> None:
    """Bring a database to our layout, or refuse it and leave it as it is.

    Raises:
        StoreNotOurs: It holds something else.
        StoreMissing: It is empty, and no store should be made.
        StoreLayoutNewer, StoreLayoutOlder: This program does not know its layout.
    """
    with driver.session(database=database) as connected:
        mark = _mark(connected)
        if mark is None:
            _check_empty(connected, address)
            if not create:
                raise StoreMissing(path=address, field="store")
        found = 0 if mark is None else mark["layout"]
        if found > LAYOUT:
            raise StoreLayoutNewer(path=address, found=found, known=LAYOUT)
        if mark is not None and found < min(STEPS):
            raise StoreLayoutOlder(path=address, found=found, known=LAYOUT)
        # All of them: what was dropped by hand is made again.
        take(connected, [statement for number in sorted(STEPS) for statement in STEPS[number]])
        begun = {"only": 1, "layout": LAYOUT, **written_book(EMPTY)}
        connected.run(
            "MERGE (i:Image {number: 0}) ON CREATE SET i.done = true, i.made_at = timestamp(), i.image = ''"
        ).consume()
        connected.run(
            "MERGE (j:Journal {only: 1}) ON CREATE SET j = $begun ON MATCH SET j.layout = $layout",
            begun=begun,
            layout=LAYOUT,
        ).consume()


def _mark(connected: Session) -> Properties | None:
    found = connected.run("MATCH (j:Journal) WHERE j.layout IS NOT NULL RETURN properties(j)").single()
    return None if found is None else found[0]


def _check_empty(connected: Session, address: str) -> None:
    """Refuse a database that holds anything, or is laid out for something else."""
    held = connected.run("MATCH (n) RETURN 1 LIMIT 1").single()
    if held is not None or any(not name.startswith(OURS) for name in laid(connected)):
        raise StoreNotOurs(path=address)
