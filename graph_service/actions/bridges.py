"""Bridges: on the first day after a period, what a scheme files in another by the grades of the last day."""

from __future__ import annotations

from graph_service.actions.derive import file_by_grade
from graph_service.actions.desk import Desk
from graph_service.lookups.derived import ONE_DAY, bridged, bridges_at, stood
from graph_service.lookups.standing import standings_of
from graph_service.model.actors import Automaton
from graph_service.model.journal import EntryKind
from graph_service.model.records import Moment
from graph_service.model.subjects import Subject
from graph_service.policy.schemes import Scheme
from graph_service.scoring.total import standing_of

#: Subjects whose grades are looked at in one page.
SUBJECTS_PER_PAGE = 1_000


def work_bridges(desk: Desk) -> bool:
    """Work off one chunk of the bridges of today; tell whether there is more to do.

    This comes before anything else that falls due: what is kept are the standings of the day before. Subjects are gone
    through in order of id, and all grades of a subject are read before anything is filed for it, so that no bridge
    reads what another has filed today: a derived record changes no standing but its own subject's.
    """
    ended_on = desk.today - ONE_DAY
    due = bridges_at(desk.page, ended_on)
    if not due or bridged(desk.today) in desk.page.entries_of([bridged(desk.today)]):
        return False
    kinds = {kind for scheme, _ in due for kind in scheme.subjects}
    subjects = desk.page.subjects(kinds=kinds, after=_worked_to(desk), limit=SUBJECTS_PER_PAGE)
    schemes = {scheme.code: scheme for scheme, _ in due}
    grades = {code: _grades(desk, scheme, subjects) for code, scheme in schemes.items()}
    for subject in subjects:
        for scheme, bridge in due:
            if stood(subject, scheme, ended_on):
                file_by_grade(desk, (scheme, bridge), subject, grades[scheme.code][subject.id], ended_on)
    more = len(subjects) == SUBJECTS_PER_PAGE
    asked = {"day": desk.today.isoformat()}
    if more:
        asked["after"] = subjects[-1].id
    id_ = f"{bridged(desk.today)}/{subjects[-1].id}" if more else bridged(desk.today)
    desk.write(id_, EntryKind.PERIODS_BRIDGED, Automaton.BRIDGE, asked)
    return more


def _worked_to(desk: Desk) -> str | None:
    """Give the subject up to which the day's bridges are done: nothing else is entered until they are all done."""
    for entry in desk.page.entries(after=desk.page.head().seq - 1, limit=1):
        if entry.kind is EntryKind.PERIODS_BRIDGED and entry.asked["day"] == desk.today.isoformat():
            after: str | None = entry.asked.get("after")
            return after
    return None


def _grades(desk: Desk, scheme: Scheme, subjects: list[Subject]) -> dict[str, str]:
    """Read the grades that are kept, or derive them after a load that left them unkept; the rest stand at the base."""
    if scheme.code in desk.page.unkept():
        moment = Moment(desk.today - ONE_DAY, desk.page.head().seq)
        derived = standings_of(desk.page, [subject.id for subject in subjects], scheme.code, moment)
        return {subject: standing.grade for subject, standing in derived.items()}
    kept = desk.page.standings_of([subject.id for subject in subjects], scheme.code)
    at_base = {subject.id: standing_of(scheme, subject.id, (), ()) for subject in subjects if subject.id not in kept}
    return {subject: standing.grade for subject, standing in (*kept.items(), *at_base.items())}
