"""Schemes: self-contained credit regimes, with the rules that score and the routes that share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from graph_service.model.points import POINTS_MAX
from graph_service.model.subjects import SubjectKind
from graph_service.policy.periods import Calendar

#: The most ties that a route may walk.
STEPS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What people read, in both languages."""

    en: str
    zh: str


class ValidityUnit(StrEnum):
    """How long a record counts."""

    #: To the end of the period in which it first enters force.
    PERIOD = "period"
    #: It rolls over until it is corrected.
    UNTIL_CORRECTED = "until_corrected"
    #: For this many days, months or years, counted from the day it happened.
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """How long a record counts: a unit and, where the unit is countable, how many."""

    unit: ValidityUnit
    count: int = 1

    def __str__(self) -> str:
        """Write it as a policy writes it."""
        counted = self.unit in (ValidityUnit.DAYS, ValidityUnit.MONTHS, ValidityUnit.YEARS)
        return f"{self.count} {self.unit}" if counted else str(self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityBand:
    """How long records of a size count: from the band before up to this one's end."""

    #: The largest magnitude of the points, in millionths; None for the last band.
    up_to: int | None = None
    valid: Validity


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoints:
    """The same points each time."""

    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRange:
    """Points that the filer chooses, both ends included and of one sign."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Inside a band every full `step` of quantity above the band before it is worth `points`."""

    #: Where the band ends, in millionths of the unit; None for the last.
    up_to: int | None
    step: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Marginal bands over the quantity of one act: a gift of 1,000 yuan, 1 point per 100."""

    unit: str
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From this total on, the tier's points are reached."""

    at_least: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Points by the total quantity of all acts of a period: volunteer hours."""

    unit: str
    tiers: tuple[Tier, ...]
    per: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectGrade:
    """The act sets the grade, whatever the score."""

    grade: str


Scoring = FixedPoints | PointsRange | Bands | Tiers | DirectGrade


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many acts, or so many points, of one rule in a period."""

    per: Calendar
    acts: int | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """How a record can be made good: from when on, and which lighter rule takes its place."""

    #: Days after the behaviour before which a repair is not possible.
    after_days: int = 0
    #: The rule of the record that takes its place; None where nothing does.
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A scored behaviour."""

    code: str
    title: Title
    scoring: Scoring
    #: By the size of the points as assessed, in rising order; a rule that does not ask for the size has one band.
    valid: tuple[ValidityBand, ...]
    #: Kinds of subject it may be filed for; the scheme's own where empty.
    subjects: tuple[SubjectKind, ...] = ()
    limits: tuple[Limit, ...] = ()
    #: What the points are multiplied by when the same rule was broken before and that record is in force.
    repeat_times: int = 1
    repair: Repair | None = None
    #: The regulation or agreement that it rests on.
    basis: str
    #: What it is about: "honesty", "volunteering", ... Forbidden topics are refused by the linter.
    topic: str

    def valid_for(self, points: int) -> Validity:
        """Give how long a record counts that was assessed at so many points, in millionths."""
        return next(band.valid for band in self.valid if band.up_to is None or abs(points) <= band.up_to)


class Position(StrEnum):
    """Where on a walk a subject stands."""

    ACTOR = "actor"
    MIDDLE = "middle"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentNeeded:
    """A purpose to which the subjects at these positions must have consented on the day."""

    purpose: str
    of: tuple[Position, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """The most that a route may add or take in a period, in millionths, counted by the day it happened."""

    points: int
    per: Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a route gives of one sign: a percentage, the same points each time, or points by rule."""

    #: Hundredths of a percent of the record's points.
    percent: int | None = None
    #: Millionths, as a magnitude.
    fixed: int | None = None
    #: Millionths, as magnitudes, by rule code; rules that are not listed give nothing.
    table: Mapping[str, int] | None = None
    #: The most that one act gives, in millionths, as a magnitude.
    at_most: int = POINTS_MAX
    #: Rules that never travel here.
    exceptions: frozenset[str] = frozenset()
    consent: ConsentNeeded | None = None
    cap: Cap | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One tie of a path: its kind, and whether it is walked from source to target."""

    kind: str
    forward: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A pattern over ties: subjects' kinds, and between each two a step."""

    kinds: tuple[SubjectKind, ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        """Write the path as a headmaster reads it."""
        text = str(self.kinds[0])
        for step, kind in zip(self.steps, self.kinds[1:], strict=True):
            text += f" -{step.kind}-> {kind}" if step.forward else f" <-{step.kind}- {kind}"
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A path over ties along which a record's points reach another subject."""

    code: str
    title: Title
    path: Path
    merit: Term | None = None
    demerit: Term | None = None
    #: The most subjects that one record may reach over this route.
    fan_out: int
    #: Days that every tie must have been in force before it carries.
    vesting: int = 0

    def term(self, sign: int) -> Term | None:
        """The term for merit (1) or demerit (-1)."""
        return self.merit if sign > 0 else self.demerit


class BridgeOccasion(StrEnum):
    """When a bridge files a record."""

    #: On the first day after each of the scheme's periods, by the grade held on its last day.
    PERIOD_END = "period_end"
    #: When a record that sets a grade enters force, by that grade.
    DIRECT_GRADE = "direct_grade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """What a scheme files in another: a record of the same subject, which no route and no bridge reads."""

    code: str
    title: Title
    #: The scheme in which the record is filed.
    to: str
    when: BridgeOccasion
    #: By grade of this scheme, the rule of the other scheme; grades that are not listed file nothing.
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeStep:
    """A grade is reached from this score on."""

    grade: str
    #: Millionths; None for the lowest grade, which has no lower end.
    at_least: int | None
    title: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestClock:
    """How long a contest may take (Shandong regulations art. 39; credit bureau practice: 30 days at most)."""

    #: Working days (Monday to Friday) in which it should be decided.
    decide_within: int = 7
    #: Days after which a record that could not be verified is revoked.
    lapses_after: int = 30


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A credit regime of its own: nobody's points leave it but over declared routes and bridges."""

    code: str
    title: Title
    #: The kinds of subject that stand in it.
    subjects: tuple[SubjectKind, ...]
    base: int
    floor: int | None = None
    ceiling: int | None = None
    period: Calendar
    #: From the highest to the lowest.
    grades: tuple[GradeStep, ...]
    #: Days between the delivery of the notice of a demerit and the day it enters force.
    notice_days: int = 0
    contest: ContestClock = ContestClock()
    rules: Mapping[str, Rule]
    #: In the order in which they are listed, which decides between equal amounts.
    routes: tuple[Route, ...] = ()
    bridges: tuple[Bridge, ...] = ()

    @cached_property
    def caps(self) -> Mapping[tuple[str, int], Cap]:
        """The caps of its routes, by route and sign."""
        return {
            (route.code, sign): term.cap
            for route in self.routes
            for sign in (1, -1)
            if (term := route.term(sign)) is not None and term.cap is not None
        }

    @cached_property
    def grades_directly(self) -> bool:
        """Whether some rule of it gives a grade directly."""
        return any(isinstance(rule.scoring, DirectGrade) for rule in self.rules.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class TieEnds:
    """Kinds that a tie may join, and how many ties a subject may have at a time (None: any number)."""

    source: SubjectKind
    target: SubjectKind
    #: Ties that one source may have to targets of this kind.
    each_source_at_most: int | None = None
    #: Ties that one target may have from sources of this kind.
    each_target_at_most: int | None = None


class AttributeType(StrEnum):
    """What an attribute of a tie holds."""

    TEXT = "text"
    #: An exact decimal, kept in millionths.
    AMOUNT = "amount"
    #: An exact decimal from 0 to 100, kept in hundredths of a percent.
    PERCENT = "percent"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class TieKind:
    """A kind of tie: what it joins, how often, with which attributes, and who may open it."""

    code: str
    title: Title
    #: How it reads from the target's side.
    reverse: Title
    ends: tuple[TieEnds, ...]
    attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    #: Roles that may open such a tie; read by the permissions.
    opened_by: tuple[str, ...] = ()


class MeasureEffect(StrEnum):
    """What a measure is to the subject."""

    BENEFIT = "benefit"
    RESTRICTION = "restriction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A benefit or a restriction that follows from a grade."""

    code: str
    title: Title
    scheme: str
    grades: tuple[str, ...]
    effect: MeasureEffect
    #: The department or body that grants it.
    granted_by: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that a folder of policy files says."""

    name: str
    time_zone: str
    schemes: Mapping[str, Scheme]
    tie_kinds: Mapping[str, TieKind]
    measures: Mapping[str, Measure] = field(default_factory=dict)

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes for which some term asks consent, in alphabetical order."""
        terms = (
            term for scheme in self.schemes.values() for route in scheme.routes for term in (route.merit, route.demerit)
        )
        return tuple(sorted({term.consent.purpose for term in terms if term and term.consent}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A policy with its place in time: in force from a day until the next edition's."""

    #: 1, 2, 3, ... in the order of adoption, which is also the order of days.
    number: int
    policy: Policy
    since: date
    seq: int = 0
