"""Rules: the reader of one scored behaviour, and of what a scheme says for all its rules at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from graph_service.policy.nodes import Node, Scalar
from graph_service.policy.periods import Calendar
from graph_service.policy.schemes import Limit, Repair, Rule, Validity
from graph_service.policy.scorings import SCORINGS, is_demerit, scoring
from graph_service.policy.spans import calendar, days, validity

#: The most that points are multiplied by on repetition.
REPEAT_MAX = 10

#: The largest number of acts that a limit can name.
ACTS_MAX = 100_000

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
    valid: Validity | None = None
    #: What holds for rules that take points or set a grade, before `valid`.
    demerit_valid: Validity | None = None
    demerit_repeat: int = 1
    demerit_repair: Repair | None = None

    def validity_of(self, *, demerit: bool) -> Validity | None:
        """Give how long a merit or demerit counts when its rule does not say so."""
        return (self.demerit_valid if demerit else None) or self.valid


def read_defaults(fields: Fields) -> Defaults:
    """Read the fields of a scheme that stand for fields of its rules: records_of, valid, demerits."""
    kinds, valid = fields.optional("records_of"), fields.optional("valid")
    node = fields.optional("demerits")
    demerits = Defaults() if node is None else _demerits(node)
    return replace(
        demerits,
        subjects=distinct(items(kinds), subject_kind) if kinds else (),
        valid=validity(valid) if valid else None,
    )


def _demerits(node: Node) -> Defaults:
    before = len(node.findings.faults)
    fields = Fields(node, "valid", "repeat", "repair")
    valid = fields.optional("valid")
    found = Defaults(
        demerit_valid=validity(valid) if valid else None,
        demerit_repeat=optional(fields.optional("repeat"), _repeat, 1),
        demerit_repair=optional(fields.optional("repair"), _repair, None),
    )
    # One fault here must not make every rule look as if it had no repair.
    return found if node.findings.sound_since(before) else replace(found, demerit_repair=Repair())


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
        valid=_valid(fields, defaults.validity_of(demerit=demerit)),
        subjects=distinct(items(kinds), subject_kind) if kinds else defaults.subjects,
        limits=_limits(fields.optional("limits"), period),
        repeat_times=optional(fields.optional("repeat"), _repeat, defaults.demerit_repeat if demerit else 1),
        repair=optional(fields.optional("repair"), _repair, repair),
        basis=text(fields.needed("basis", PolicyBasisMissing)),
        topic=name(fields.needed("topic"), WORD),
    )


def _valid(fields: Fields, default: Validity | None) -> Validity:
    node = fields.optional("valid")
    if node is None and default is not None:
        return default
    return validity(node or fields.needed("valid"))


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
