"""Rules: the reader of one scored behaviour, and of what a scheme says for all its rules at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graph_service.model.subjects import SubjectKind
from graph_service.policy.faults import PolicyBasisMissing
from graph_service.policy.fields import (
    WORD,
    Fields,
    count,
    distinct,
    items,
    magnitude,
    name,
    optional,
    subject_kind,
    text,
    title,
)
from graph_service.policy.nodes import Entries, Node, Scalar
from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import DirectGrade, Limit, Repair, Rule, Scoring, Validity, ValidityBand
from graph_service.policy.scorings import SCORINGS, is_demerit, scoring
from graph_service.policy.spans import PERIOD, calendar, days, validities, validity

#: The most that points are multiplied by on repetition.
REPEAT_MAX = 10

#: The largest number of acts that a limit can name.
ACTS_MAX = 100_000

#: How long records count, by size.
Validities = tuple[ValidityBand, ...]

#: What a field says to be free of what the scheme says for all rules.
NONE = "none"

_FIELDS = (
    "title",
    *SCORINGS,
    "valid",
    "subjects",
    "limits",
    "repeat",
    "repair",
    "basis",
    "topic",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every rule of a scheme that does not say otherwise."""

    subjects: tuple[SubjectKind, ...] = ()
    valid: Validities | None = None
    #: What holds for rules that take points or set a grade, before `valid`.
    demerit_valid: Validities | None = None
    #: What holds for rules that set a grade, by grade, before both.
    grades_valid: Mapping[str, Validity] = field(default_factory=dict)
    demerit_repeat: int = 1
    demerit_repair: Repair | None = None

    def validity_of(self, worth: Scoring) -> Validities | None:
        """Give how long what is worth this counts when its rule does not say so."""
        if isinstance(worth, DirectGrade) and worth.grade in self.grades_valid:
            return (ValidityBand(valid=self.grades_valid[worth.grade]),)
        return (self.demerit_valid if is_demerit(worth) else None) or self.valid


def read_defaults(fields: Fields) -> Defaults:
    """Read the fields of a scheme that stand for fields of its rules: records_of, valid, demerits."""
    kinds, valid = fields.optional("records_of"), fields.optional("valid")
    node = fields.optional("demerits")
    demerits = Defaults() if node is None else _demerits(node)
    return replace(
        demerits,
        subjects=distinct(items(kinds), subject_kind) if kinds else (),
        valid=validities(valid) if valid else None,
    )


def _demerits(node: Node) -> Defaults:
    before = len(node.findings.faults)
    fields = Fields(node, "valid", "grades_valid", "repeat", "repair")
    valid, grades_valid = fields.optional("valid"), fields.optional("grades_valid")
    found = Defaults(
        demerit_valid=validities(valid) if valid else None,
        grades_valid=_grades_valid(grades_valid) if grades_valid else {},
        demerit_repeat=optional(fields.optional("repeat"), _repeat, 1),
        demerit_repair=optional(fields.optional("repair"), _repair, None),
    )
    if node.findings.sound_since(before):
        return found
    # One fault here must not make every rule look as if it had no repair, or no validity.
    return replace(found, demerit_valid=(ValidityBand(valid=PERIOD),), demerit_repair=Repair())


def _grades_valid(node: Node) -> dict[str, Validity]:
    if not isinstance(node, Entries) or not node.entries:
        node.misfit("{B: 2 years, C: 3 years}")
        return {}
    return {grade: validity(item) for grade, item in node.entries.items()}


def read_rule(code: str, node: Node, defaults: Defaults, period: Calendar) -> Rule:
    """Read a rule."""
    fields = Fields(node, *_FIELDS)
    worth = scoring(fields, period)
    demerit = is_demerit(worth)
    kinds = fields.optional("subjects")
    repair = defaults.demerit_repair if demerit else None
    return Rule(
        code=code,
        title=title(fields.needed("title")),
        scoring=worth,
        valid=_valid(fields, defaults.validity_of(worth)),
        subjects=distinct(items(kinds), subject_kind) if kinds else defaults.subjects,
        limits=_limits(fields.optional("limits"), period),
        repeat_times=optional(fields.optional("repeat"), _repeat, defaults.demerit_repeat if demerit else 1),
        repair=optional(fields.optional("repair"), _repair, repair),
        basis=text(fields.needed("basis", PolicyBasisMissing)),
        topic=name(fields.needed("topic"), WORD),
    )


def _valid(fields: Fields, default: Validities | None) -> Validities:
    node = fields.optional("valid")
    if node is None and default is not None:
        return default
    return validities(node or fields.needed("valid"))


def _limits(node: Node | None, period: Calendar) -> tuple[Limit, ...]:
    limits: list[Limit] = []
    for item in items(node) if node else ():
        fields = Fields(item, "acts", "points", "per")
        per = calendar(fields.needed("per"), period)
        found = fields.one_of("acts", "points")
        if found is None:
            continue
        which, amount = found
        if which == "acts":
            limits.append(Limit(per=per, acts=count(amount, 1, ACTS_MAX)))
        else:
            limits.append(Limit(per=per, points=magnitude(amount)))
    return tuple(limits)


def _repeat(node: Node) -> int:
    if _says_none(node):
        return 1
    return count(Fields(node, "times").needed("times"), 2, REPEAT_MAX)


def _repair(node: Node) -> Repair | None:
    if _says_none(node):
        return None
    fields = Fields(node, "after", "replaced_by")
    replaced_by = fields.optional("replaced_by")
    return Repair(
        after_days=days(fields.needed("after")),
        replaced_by=name(replaced_by) if replaced_by else None,
    )


def _says_none(node: Node) -> bool:
    return isinstance(node, Scalar) and node.written == NONE
