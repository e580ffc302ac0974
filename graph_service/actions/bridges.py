"""Bridges: on the first day after a period, what a scheme files in another by the grades of the last day."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from graph_service.actions.derive import carried_by_grade, file_by_grade, file_derived
from graph_service.actions.desk import Desk
from graph_service.actions.settle import settle
from graph_service.errors import RuleDerived
from graph_service.lookups.book import edition_of, not_in_future, rule_of, scheme_of
from graph_service.lookups.derived import ONE_DAY, bridged, bridges_at, derived_from, rule_for, stood
from graph_service.lookups.standing import standings_of
from graph_service.model.actors import Automaton
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.records import Moment, Origin
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


def restate(desk: Desk, *, subject: str, scheme: str, rule: str, origin: Origin, on: date) -> Entry:
    """Restate, as an import of history, what a bridge filed by the grade at the end of a period; again is the same.

    Args:
        desk: To write on.
        subject: Whom it is about.
        scheme: In which it was filed.
        rule: By which.
        origin: The bridge, and the last day of the period.
        on: The day from which it counted.

    Raises:
        SubjectUnknown, SubjectEnded, SchemeUnknown, RuleUnknown, PolicyMissing: There is none on that day.
        DayInFuture: It cannot have counted then.
        RuleDerived: No bridge of that day files by this rule.
    """
    assert origin.period_end is not None
    about = desk.subject(subject)
    not_in_future(on, desk.today, "approved_on")
    day = origin.period_end + ONE_DAY
    edition = edition_of(desk.page, day)
    target = scheme_of(edition, scheme, day)
    declared = any(
        (each.code, bridge.code, bridge.to) == (origin.scheme, origin.bridge, scheme) and rule in bridge.files.values()
        for each, bridge in bridges_at(desk.page, origin.period_end)
    )
    if rule_for(target, rule_of(target, rule, day).code, about) is None or not declared:
        raise RuleDerived(scheme=scheme, rule=rule, field="rule")
    held, id_ = derived_from(desk.page, origin, subject, scheme)
    if held is None:
        draft = carried_by_grade(desk, origin, id_, edition)
        file_derived(desk, replace(draft, subject=subject, scheme=scheme, rule=rule), on)
        settle(desk, desk.page.records_of([id_])[id_])
    name = f"record/{id_ if held is None else held.id}"
    return desk.page.entries_of([name])[name]


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
