"""The share relation in Cypher, printed for Neo4j from the same patterns and conditions as the SQL beside it.

Subjects are nodes labelled by kind, ties relationships named after theirs, and a stretch of force is a relationship
from the record to the one who acted: the graph is that of `stores/neo4j/layout.py`. A statement takes hold of the walks
at an anchor and follows the path outwards from there; what must be true of a walk is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from graph_service.model.subjects import SubjectKind
from graph_service.relation.sql import Anchor
from graph_service.scoring.sharing import Condition, Consents, Differ, Holds, Pattern, Unwaived, conditions

#: What is known of a dated fact at the moment.
VISIBLE = "{0}.seq <= $known_at AND ({0}.voided_on IS NULL OR {0}.voided_on > $as_of OR {0}.voided_seq > $known_at)"
#: The days of a fact have come and are not over on a day.
HOLDS = "{0}.since <= {1} AND ({0}.until IS NULL OR {1} < {0}.until)"
#: The stretch of force `a` is open at the moment.
IN_FORCE = (
    "a.opened_on <= $as_of AND a.opened_seq <= $known_at"
    " AND (a.closed_on IS NULL OR a.closed_on > $as_of OR a.closed_seq > $known_at)"
)
#: What a carriage `m` makes of the points of an act `a`. Cypher divides integers truncating toward zero.
_AMOUNT = (
    "a.sign * CASE WHEN m.percent IS NULL THEN CASE WHEN m.fixed < m.at_most THEN m.fixed ELSE m.at_most END"
    " WHEN abs(a.points) * m.percent / 10000 < m.at_most THEN abs(a.points) * m.percent / 10000"
    " ELSE m.at_most END"
)
#: What a line tells of the act behind a share.
_ACTED = (
    "a.subject AS actor, a.rule AS rule, a.edition AS edition, a.happened_on AS happened_on,"
    " a.points AS points, a.grade AS grade"
)

#: Where acts are found: stretches of force, or records as they are now. Both have the same fields.
_FORCES = "(x0)<-[a:IN_FORCE]-()"
_RECORDS = "(x0)-[:DID]->(a:Record)"


def label(kind: SubjectKind) -> str:
    """Give the label that subjects of a kind have.

    >>> label(SubjectKind.STUDY_GROUP)
    'StudyGroup'
    """
    return "".join(part.capitalize() for part in str(kind).split("_"))


def tie_name(kind: str) -> str:
    """Give the name that ties of a kind have in the graph.

    >>> tie_name("member_of")
    'MEMBER_OF'
    """
    return kind.upper()


def walks(pattern: Pattern, anchor: Anchor) -> str:
    """Print every walk of one pattern that counts, from an act, to a subject, or of a stretch of records.

    Parameters: `$as_of` and `$known_at`, and by anchor: `$act`, a map of what an act has; `$subject` and `$scheme`;
    `$scheme`, `$after` and `$last`.

    Columns: record, target, route, place, ties, amount; and, unless the act is given, the act behind it: actor, rule,
    edition, happened_on, points, grade.
    """
    last = len(pattern.path.steps)
    ties = ", ".join(f"t{number}.id" for number in range(1, last + 1))
    acted = "" if anchor is Anchor.ACT else f", {_ACTED}"
    return (
        f"{_walked(pattern, anchor)}\n{_carried(pattern)}\n"
        f"RETURN a.record AS record, x{last}.id AS target, m.route AS route, m.place AS place, [{ties}] AS ties,"
        f" {_AMOUNT} AS amount{acted}"
    )


def own(anchor: Anchor) -> str:
    """Print the records' own shares, in the columns of `walks`; to a subject, or of a stretch of records."""
    held = "(:Subject {id: $subject})<-[a:IN_FORCE]-()" if anchor is Anchor.TARGET else "()-[a:IN_FORCE]->()"
    return (
        f"MATCH {held} WHERE {' AND '.join([*_of_scheme(anchor), 'a.points <> 0'])}\n"
        "RETURN a.record AS record, a.subject AS target, 'own' AS route, -1 AS place, [] AS ties,"
        f" a.points AS amount, {_ACTED}"
    )


def records_through_tie(pattern: Pattern, kind: str) -> Iterator[str]:
    """Print, for each step of a pattern that a tie of a kind can be, the records with a walk over the tie `$tie`."""
    for number, step in enumerate(pattern.path.steps, 1):
        if step.kind == kind:
            yield from _records(pattern, Anchor.TIE, number)


def records_through_subject(pattern: Pattern) -> Iterator[str]:
    """Print, for each position of a pattern, the records with a walk on which the subject `$subject` stands there."""
    for position in range(len(pattern.path.steps) + 1):
        yield from _records(pattern, Anchor.SUBJECT, position)


def _records(pattern: Pattern, anchor: Anchor, held: int) -> Iterator[str]:
    # As it is now and as it ever counted: before it was assessed again, it may have had other points.
    for acts, name in ((_FORCES, "a.record"), (_RECORDS, "a.id")):
        yield f"{_walked(pattern, anchor, held, acts)}\n{_carried(pattern)}\nRETURN DISTINCT {name} AS record"


def _walked(pattern: Pattern, anchor: Anchor, held: int = 0, acts: str = _FORCES) -> str:
    """Print the walk and its act, bound from the anchor outwards.

    A `WITH` keeps the plan from beginning anywhere else, whatever it thinks of how many there are.
    """
    must = [
        _condition(condition, pattern)
        for condition in conditions(pattern)
        if anchor is not Anchor.SUBJECT or isinstance(condition, Holds | Differ)
    ]
    if anchor in {Anchor.ACT, Anchor.STRETCH}:
        return f"{_acting(pattern, anchor)}\nWITH a, x0\nMATCH {_path(pattern)}\nWHERE {' AND '.join(must)}"
    if anchor is Anchor.TIE:
        bound = f"t{held}"
        begun = f"MATCH ()-[{bound}:{tie_name(pattern.path.steps[held - 1].kind)} {{id: $tie}}]->()"
    else:
        bound = f"x{len(pattern.path.steps) if anchor is Anchor.TARGET else held}"
        begun = f"MATCH ({bound}:Subject {{id: $subject}})"
    acting = [*(_of_scheme(anchor) if anchor is Anchor.TARGET else ()), _signed(pattern)]
    if acts is _RECORDS:
        acting.append("a.state <> 'rejected'")
    where = " AND ".join([*acting, *must])
    return f"{begun}\nWITH {bound}\nMATCH {_path(pattern)}\nMATCH {acts}\nWHERE {where}"


def _acting(pattern: Pattern, anchor: Anchor) -> str:
    """Print where walks begin that are taken hold of by their acts."""
    if anchor is Anchor.ACT:
        return "WITH $act AS a\nMATCH (x0:Subject {id: a.subject})"
    where = " AND ".join([*_of_scheme(anchor), _signed(pattern)])
    return f"MATCH ()-[a:IN_FORCE]->(x0:{label(pattern.path.kinds[0])}) WHERE {where}"


def _path(pattern: Pattern) -> str:
    """Print the path with its subjects `x0` to `x3` and its ties `t1` to `t3`."""
    kinds = pattern.path.kinds
    text = f"(x0:{label(kinds[0])})"
    for number, step in enumerate(pattern.path.steps, 1):
        tie = f"[t{number}:{tie_name(step.kind)}]"
        text += f"-{tie}->" if step.forward else f"<-{tie}-"
        text += f"(x{number}:{label(kinds[number])})"
    return text


def _carried(pattern: Pattern) -> str:
    """Print the carriage of the act; behind a `WITH`, so that no plan begins with the many there are."""
    last = len(pattern.path.steps)
    bound = ", ".join(["a", f"x{last}", *(f"t{number}" for number in range(1, last + 1))])
    return (
        f"WITH {bound}\nMATCH (m:Carriage {{edition: a.edition, scheme: a.scheme, rule: a.rule, sign: a.sign,"
        f" pattern: {text(pattern.key)}}})"
    )


def _signed(pattern: Pattern) -> str:
    return f"a.sign = {pattern.sign}"


def _of_scheme(anchor: Anchor) -> list[str]:
    stretch = ["a.record > $after AND a.record <= $last"] if anchor is Anchor.STRETCH else []
    return [*stretch, "a.scheme = $scheme", IN_FORCE]


def text(value: str) -> str:
    """A text as a literal. Codes of a policy have no quotes; this keeps it so even where one slipped through."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _condition(condition: Condition, pattern: Pattern) -> str:
    match condition:
        case Holds(tie=tie, vesting=vesting):
            vested = f" AND t{tie}.since <= a.happened_on - duration({{days: {vesting}}})" if vesting else ""
            return f"{HOLDS.format(f't{tie}', 'a.happened_on')}{vested} AND {VISIBLE.format(f't{tie}')}"
        case Differ(first=first, second=second):
            return f"x{first} <> x{second}"
        case Consents(position=position, purpose=purpose):
            return _consents(f"x{position}", purpose, person=pattern.path.kinds[position] is SubjectKind.PERSON)
        case Unwaived(position=position):
            return (
                f"NOT EXISTS {{ MATCH (x0)-[:WAIVED]->(w:Waiver)-[:TOWARDS]->(x{position})"
                f" WHERE {HOLDS.format('w', 'a.happened_on')} AND {VISIBLE.format('w')} }}"
            )


def _consents(subject: str, purpose: str, *, person: bool) -> str:
    grown = (
        f"EXISTS {{ MATCH ({subject})-[:AGED]->(g:Age) WHERE g.age_class = 'adult'"
        " AND g.since <= a.happened_on AND g.seq <= $known_at }"
    )
    # Whoever is no person consents alone; of a person, the day tells whether the guardian does.
    given = f"(c.guardian IS NULL) = {grown}" if person else "c.guardian IS NULL"
    return (
        f"EXISTS {{ MATCH ({subject})-[:CONSENTED]->(c:Consent) WHERE c.purpose = {text(purpose)}"
        f" AND {HOLDS.format('c', 'a.happened_on')} AND {VISIBLE.format('c')} AND {given} }}"
    )
