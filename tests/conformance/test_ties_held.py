"""A page of a subject's ties: the same as looking at every tie there is."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

from graph_service.actions.connect import connect, disconnect, void_tie
from graph_service.actions.desk import Desk
from graph_service.model.days import lies_within
from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import Tie, TieEnd
from graph_service.ports.store import TiesHeld
from tests.office import JOINED, TODAY, Office

EVERYBODY = ("lin", "mei", "zhao", "kid", "ben", "g1", "g2", "nobody")


def busy(office: Office) -> None:
    """Ties of several kinds in both directions, some of them over, some voided, some to come."""

    def people(desk: Desk) -> None:
        pairs = [(one, other) for one in EVERYBODY[:5] for other in EVERYBODY[:5] if one != other]
        for number, (one, other) in enumerate(pairs):
            since = JOINED + timedelta(days=number % 4 * 4)
            until = since + timedelta(days=5) if number % 3 == 0 else None
            name = f"m{number * 7 % 20:02}"
            said = {"tie": name, "kind": "mentors", "source": one, "target": other, "since": since, "until": until}
            connect(desk, **said, actor="clerk", history=True)  # type: ignore[arg-type]

    office.do(people)
    office.do(connect, tie="g", kind="member_of", source="ben", target="g1", actor="clerk", since=TODAY, history=True)
    office.do(disconnect, tie="t2", actor="clerk")
    for tie in ("m03", "m14"):
        office.do(void_tie, tie=tie, actor="head", reason="mistaken")


def told(held: list[Tie], subject: str, question: TiesHeld) -> list[str]:
    """What the question asks for, by its words alone."""
    found = [
        (tie.at(end.other), tie.id)
        for tie in held
        for end in question.ends
        if tie.at(end) == subject
        and (not question.kinds or tie.kind in question.kinds)
        and (not question.far_kinds or tie.kind_at(end.other) in question.far_kinds)
        and tie.voided_on is None
        and lies_within(question.on, tie.since, tie.until)
    ]
    return [id_ for far, id_ in sorted(found) if question.after is None or (far, id_) > question.after][
        : question.limit
    ]


def test_every_question_is_answered_as_by_looking_at_every_tie(office: Office) -> None:
    busy(office)
    with office.service.reading() as reading:
        held = reading.ties(after=None, limit=100)
        for end, kinds, far, on, after, limit in product(
            (None, *TieEnd),
            ((), ("mentors",), ("member_of", "guardian_of"), ("loves",)),
            ((), (SubjectKind.PERSON,), (SubjectKind.STUDY_GROUP, SubjectKind.FAMILY)),
            (date(2026, 2, 1), JOINED, TODAY, TODAY + timedelta(days=30)),
            (None, ("kid", ""), ("lin", "m05"), ("zhao", "~")),
            (1, 3, 100),
        ):
            question = TiesHeld(
                on=on, end=end, kinds=frozenset(kinds), far_kinds=frozenset(far), after=after, limit=limit
            )
            expected = {subject: told(held, subject, question) for subject in EVERYBODY}
            found = reading.ties_held(EVERYBODY, question)
            assert {subject: [tie.id for tie in ties] for subject, ties in found.items()} == {
                subject: ids for subject, ids in expected.items() if ids
            }
