"""Findings: what is not as it should be in a store, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What was found."""

    CHAIN_BROKEN = "chain_broken"
    ENTRY_MISSING = "entry_missing"
    DAY_REVERSED = "day_reversed"
    ENTRY_UNREADABLE = "entry_unreadable"
    TAIL_CUT = "tail_cut"
    REWRITTEN = "rewritten"
    NOT_KEPT = "not_kept"
    UNFOUNDED = "unfounded"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    CONTRADICTION = "contradiction"


_SENTENCES: dict[FindingKind, tuple[str, str]] = {
    FindingKind.CHAIN_BROKEN: (
        "entry {key} does not follow from the entries before it: it, or one before it, was changed",
        "第 {key} 条与之前的条目不衔接：该条或之前的条目被改动过",
    ),
    FindingKind.ENTRY_MISSING: (
        "entry {key} is missing: {kept} stands in its place",
        "缺少第 {key} 条：其位置上是 {kept}",
    ),
    FindingKind.DAY_REVERSED: (
        "entry {key} is of {kept}, before the day of the entry before it, {expected}",
        "第 {key} 条的日期 {kept} 早于上一条的 {expected}",
    ),
    FindingKind.ENTRY_UNREADABLE: ("entry {key} cannot be worked off: {kept}", "第 {key} 条无法处理：{kept}"),
    FindingKind.TAIL_CUT: (
        "a checkpoint was signed at entry {key}, and the journal ends at {kept}: its tail was cut off",
        "检查点签于第 {key} 条，而日志止于第 {kept} 条：尾部被截去",
    ),
    FindingKind.REWRITTEN: (
        "entry {key} has the hash {kept}, and a checkpoint was signed on {expected}: the journal was rewritten",
        "第 {key} 条的哈希为 {kept}，而检查点所签为 {expected}：日志被改写",
    ),
    FindingKind.NOT_KEPT: (
        "{view} {key} follows from the journal and is not kept",
        "{view} {key} 可由日志得出，却未保存",
    ),
    FindingKind.UNFOUNDED: (
        "{view} {key} is kept and does not follow from the journal",
        "{view} {key} 有保存，却无法由日志得出",
    ),
    FindingKind.DIFFERENT: (
        "{view} {key} is kept as {kept} and should be {expected}",
        "{view} {key} 保存为 {kept}，应为 {expected}",
    ),
    FindingKind.UNREADABLE: ("{view} cannot be read: {kept}", "{view} 无法读取：{kept}"),
    FindingKind.CONTRADICTION: ("the store contradicts itself: {kept}", "存储自相矛盾：{kept}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be."""

    kind: FindingKind
    #: Where: "journal", "store", or a view such as "ties"; "sums of ..." where balances are compared with their shares.
    view: str
    #: Which one: a position of the journal, an id, or ids joined by blanks.
    key: str
    #: What stands there; only the fields that differ.
    kept: str = ""
    #: What should.
    expected: str = ""

    def sentence(self, language: str = "en") -> str:
        """Say it in `language`: "en" or "zh"."""
        english, chinese = _SENTENCES[self.kind]
        template = chinese if language == "zh" else english
        return template.format(view=self.view, key=self.key, kept=self.kept, expected=self.expected)

    def __str__(self) -> str:
        return self.sentence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a store's verification came to."""

    #: The end of the journal that was verified: for the caller's receipt.
    seq: int
    hash: bytes
    #: The first of each view, in the order in which they were looked for.
    findings: Sequence[Finding]
    #: How many of each view there are beyond those that are listed.
    more: int
    #: What was compared, by view.
    compared: dict[str, int]

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings
