"""Derived records: which there are, and by which grade a bridge files one at the end of a period."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from graph_service.lookups.book import edition_of, schemes_of
from graph_service.lookups.proposal import assessed
from graph_service.model.journal import canonical
from graph_service.model.records import LATEST, Moment, Origin, Record, RecordState
from graph_service.model.standing import Line
from graph_service.model.subjects import Subject
from graph_service.policy.periods import period_of
from graph_service.policy.schemes import Bridge, BridgeOccasion, DirectGrade, Rule, Scheme
from graph_service.ports.store import Reading
from graph_service.projection.keep import edition_on
from graph_service.scoring.sharing import strongest
from graph_service.scoring.total import balances_of, standing_of

ONE_DAY = timedelta(days=1)

#: Stands for the id of a record that is not there yet.
CARRIED = "carried"


def derived_from(
    reading: Reading, origin: Origin, subject: str, scheme: str, rule: str | None = None
) -> tuple[Record | None, str]:
    """Find the last record that was derived from an origin for a subject, and the id that the next one would have.

    Ids are made from what a record is derived from, so that the same is found again, and are numbered where one was
    revoked before or somebody took the id for something else. A rule tells apart what one record files also.
    """
    told = [origin.record, origin.scheme, origin.bridge, str(origin.period_end), subject, scheme, rule]
    base = f"derived-{hashlib.sha256(canonical(told)).hexdigest()[:32]}"
    found, id_, number = None, base, 1
    while (held := reading.records_of([id_]).get(id_)) is not None:
        if (held.origin, held.subject, held.scheme) == (origin, subject, scheme):
            found = held
        number += 1
        id_ = f"{base}-{number}"
    return found, id_


def rule_for(scheme: Scheme | None, code: str | None, subject: Subject) -> Rule | None:
    """Find the derived rule of a scheme, where there is one and it is for such subjects."""
    rule = scheme.rules.get(code) if scheme is not None and code is not None else None
    if rule is None or scheme is None or not rule.derived:
        return None
    return rule if subject.kind in (rule.subjects or scheme.subjects) else None


def brings_about(scheme: Scheme, rule: Rule) -> bool:
    """Tell whether records of a rule bring about others when they are approved or enter force."""
    carried = any(bridge.when is BridgeOccasion.DIRECT_GRADE for bridge in scheme.bridges)
    return bool(rule.also) or (carried and isinstance(rule.scoring, DirectGrade))


def carried_over(reading: Reading, source: Record) -> Iterator[Record]:
    """Go through the records that bridges carry over of the grade that a record sets, as proposals."""
    subject = reading.subjects_of([source.subject])[source.subject]
    schemes = schemes_of(reading, source)
    for bridge in schemes[source.scheme].bridges if source.grade is not None else ():
        if bridge.when is BridgeOccasion.DIRECT_GRADE:
            rule = rule_for(schemes[bridge.to], bridge.files.get(source.grade or ""), subject)
            if rule is not None:
                yield assessed(reading, schemes[bridge.to], carried(source, bridge, rule))


def held_over(reading: Reading, source: Record) -> Iterator[Record]:
    """Go through the records that bridges have carried over of a record's grade, the last of each bridge."""
    for bridge in schemes_of(reading, source)[source.scheme].bridges:
        if bridge.when is BridgeOccasion.DIRECT_GRADE:
            origin = Origin(record=source.id, scheme=source.scheme, bridge=bridge.code)
            held, _ = derived_from(reading, origin, source.subject, bridge.to)
            if held is not None:
                yield held


def carried(source: Record, bridge: Bridge, rule: Rule) -> Record:
    """Give what a bridge carries over of a record that sets a grade, before it is assessed and has an id."""
    return Record(
        id=CARRIED,
        subject=source.subject,
        scheme=bridge.to,
        rule=rule.code,
        happened_on=source.happened_on,
        edition=source.edition,
        points=0,
        state=RecordState.FILED,
        filer=source.filer,
        filed_on=source.filed_on,
        origin=Origin(record=source.id, scheme=source.scheme, bridge=bridge.code),
    )


# Period ends


def bridges_at(reading: Reading, ended_on: date, known_at: int = LATEST) -> list[tuple[Scheme, Bridge]]:
    """List the bridges that file by the grades of a day, because a period of their scheme ends on it.

    It is the edition of that last day that says so.
    """
    edition = edition_on(reading.editions(), ended_on, known_at)
    return [
        (scheme, bridge)
        for scheme in (edition.policy.schemes.values() if edition else ())
        if period_of(scheme.period, ended_on)[1] == ended_on + ONE_DAY
        for bridge in scheme.bridges
        if bridge.when is BridgeOccasion.PERIOD_END
    ]


def bridged(day: date) -> str:
    """Name the entry that says that the bridges of a day are done."""
    return f"bridges/{day.isoformat()}"


def ends_bridged(reading: Reading, scheme: str, since: date, until: date) -> list[Moment]:
    """List the last days of a scheme's periods on which bridges went by its grades, from a day to another.

    With each the position in the journal up to which they knew what had happened. In order of day.
    """
    days = sorted(set(_last_days(reading, scheme, since, until)))
    entries = reading.entries_of([bridged(day + ONE_DAY) for day in days])
    done = ((day, entries.get(bridged(day + ONE_DAY))) for day in days)
    return [Moment(day, entry.seq) for day, entry in done if entry is not None]


def _last_days(reading: Reading, code: str, since: date, until: date) -> Iterator[date]:
    for edition in reading.editions():
        scheme = edition.policy.schemes.get(code)
        if scheme is None or all(bridge.when is not BridgeOccasion.PERIOD_END for bridge in scheme.bridges):
            continue
        day = period_of(scheme.period, since)[1] - ONE_DAY
        while day <= until:
            yield day
            day = period_of(scheme.period, day + ONE_DAY)[1] - ONE_DAY


def stood(subject: Subject, scheme: Scheme, ended_on: date) -> bool:
    """Tell whether a subject stood in a scheme on the last day of a period, and had not ended on the day after."""
    return (
        subject.kind in scheme.subjects
        and (subject.since is None or subject.since <= ended_on)
        and (subject.until is None or subject.until > ended_on + ONE_DAY)
    )


def grade_corrected(reading: Reading, scheme: str, subject: str, moment: Moment, today: date) -> str:
    """Work out the grade of a past moment again, without what has been found wrong since.

    What counted then counts as it was assessed then, but for records revoked since; and what each gives goes over the
    ties, consents and waivers that have not been voided since.
    """
    edition = edition_of(reading, moment.as_of, moment.known_at).policy.schemes[scheme]
    reached = reading.lines_to([subject], scheme, moment).get(subject, [])
    acts = [line.act for line in reached]
    about = [record.id for record in reading.records_about([subject]).get(subject, ()) if record.scheme == scheme]
    graded = [
        force.act
        for _, forces in sorted(reading.forces_of(about).items())
        for force in forces
        if force.act.grade is not None and force.open_at(moment)
    ]
    records = reading.records_of({act.record for act in (*acts, *graded)})
    wrong = {id_ for id_, record in records.items() if record.state is RecordState.REVOKED}
    now = Moment(today, LATEST)
    lines = [
        Line(share=share, act=act)
        for act in acts
        if act.record not in wrong
        for share in strongest(act, reading.walks_from(act, now))
        if share.target == subject
    ]
    grades = [act.grade for act in graded if act.grade is not None and act.record not in wrong]
    return standing_of(edition, subject, balances_of(edition, lines), grades).grade
