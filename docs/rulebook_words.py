"""The words of the rulebook's pages, in English and in Chinese."""

# ruff: noqa: D102 - what each sentence says is told once, in Words

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from ruamel.yaml import YAML

from graph_service.model.points import POINT, WHOLE, format_points
from graph_service.model.subjects import SubjectKind
from graph_service.policy.periods import PeriodKind
from graph_service.policy.schemes import Band, Position, Scheme, Tier, Title, Validity, ValidityUnit

_ARTICLE = re.compile(r"arts?\.? ([\d ,and]+)")


class Words(ABC):
    """What the pages say, in one language."""

    language: str
    colon: str
    comma: str
    introduction: tuple[str, ...]
    reading: tuple[str, ...]
    index_heads: tuple[str, ...]
    left_out: str
    left_out_text: str
    left_out_heads: tuple[str, ...]
    grades: str
    grade_heads: tuple[str, ...]
    merits: str
    demerits: str
    no_repair: str
    shares: str
    shares_text: str
    no_shares: str
    merit: str
    demerit: str
    elsewhere: str
    derived: str
    derived_text: str
    derived_heads: tuple[str, ...]
    at_period_end: str
    at_direct_grade: str
    measures: str
    measures_text: str
    measure_heads: tuple[str, ...]
    kinds: ClassVar[Mapping[SubjectKind, str]]
    periods: ClassVar[Mapping[PeriodKind, str]]
    positions: ClassVar[Mapping[Position, str]]
    ends: ClassVar[Mapping[str, str]]
    units: ClassVar[Mapping[str, str]]

    @abstractmethod
    def of(self, title: Title) -> str:
        """Choose the language of a title."""

    @abstractmethod
    def file(self, name: str) -> str:
        """Name the file of a page."""

    @abstractmethod
    def other_page(self, name: str) -> str:
        """Lead to the page in the other language, and to all schemes."""

    @abstractmethod
    def translated(self, text: str) -> str:
        """Say a basis, or who grants something."""

    @abstractmethod
    def begin(self, scheme: Scheme, period: str) -> Iterable[str]:
        """Say who stands in a scheme, where everybody begins, and what protects them."""

    @abstractmethod
    def rule_heads(self, *, demerit: bool) -> tuple[str, ...]:
        """Name the columns of a table of rules."""

    @abstractmethod
    def scores(self, at_least: int | None, above: int | None) -> str:
        """Say which scores a grade takes; `above` is where the grade above it begins."""

    @abstractmethod
    def points(self, points: int) -> str:
        """Say a number of points, without a sign."""

    @abstractmethod
    def between(self, lowest: int, highest: int) -> str:
        """Say a range of points."""

    @abstractmethod
    def grade(self, grade: str) -> str:
        """Say that a grade is set."""

    @abstractmethod
    def tier(self, tier: Tier, unit: str) -> str:
        """Say one tier."""

    @abstractmethod
    def per_total(self, steps: str, period: str) -> str:
        """Say that tiers go by the total of a period."""

    @abstractmethod
    def band(self, band: Band, unit: str) -> str:
        """Say one band."""

    @abstractmethod
    def acts_at_most(self, acts: int, period: str) -> str:
        """Say how often something counts."""

    @abstractmethod
    def points_at_most(self, points: int, period: str) -> str:
        """Say how much something brings in a period."""

    @abstractmethod
    def at_most_per_act(self, points: int) -> str:
        """Say how much one act brings."""

    @abstractmethod
    def doubled(self, once: str, again: str) -> str:
        """Say how long a record counts, and a doubled one."""

    @abstractmethod
    def span(self, valid: Validity, period: str) -> str:
        """Say how long a record counts."""

    @abstractmethod
    def times(self, times: int) -> str:
        """Say what the same again is worth."""

    @abstractmethod
    def repair(self, days: int) -> str:
        """Say when a record can be made good."""

    @abstractmethod
    def becomes(self, repair: str, worth: str) -> str:
        """Say what takes the place of a record that was made good."""

    @abstractmethod
    def share(self, percent: int) -> str:
        """Say a percentage of the points; in hundredths of a percent."""

    @abstractmethod
    def listed(self, title: str, points: int) -> str:
        """Say what one rule gives over a route."""

    @abstractmethod
    def only_with_consent(self, whom: str, *, minors: bool) -> str:
        """Say whose consent is needed."""

    @abstractmethod
    def never_for(self, titles: str) -> str:
        """Say which rules never travel."""

    @abstractmethod
    def sentence(self, parts: Iterable[str]) -> str:
        """Make a sentence."""

    @abstractmethod
    def route(self, title: str, carried: str, path: str, fan_out: int) -> str:
        """Say what a route brings to whom."""

    @abstractmethod
    def by_grade(self, grade: str, worth: str) -> str:
        """Say what a bridge files for a grade."""

    @abstractmethod
    def bridge(self, title: str, occasion: str, other: str, filed: str) -> str:
        """Say what a bridge does."""

    @abstractmethod
    def also(self, title: str, whom: str, other: str, worth: str) -> str:
        """Say what an act has for consequences elsewhere."""

    def joined(self, parts: Iterable[str]) -> str:
        """Join words."""
        return self.comma.join(parts)

    @abstractmethod
    def semicolons(self, parts: Iterable[str]) -> str:
        """Join phrases."""

    def signed(self, points: int) -> str:
        """Write points with their sign."""
        return f"+{format_points(points)}" if points > 0 else f"−{format_points(-points)}"


class English(Words):
    """English."""

    language = "English"
    colon, comma = ": ", ", "
    introduction = (
        "This is what the edition `wendeng` says, in plain words: what brings points and what costs them, for how "
        "long, whom it reaches, and how a fault is made good. It is made from the policy that the program runs, so the "
        "two cannot differ.",
        "",
        "The edition `encourage` is the same, but no demerit passes from one subject to another.",
    )
    reading = (
        "Everybody stands in each scheme by themselves. Points of one scheme do not count in another, but for the few "
        "places that each page names.",
        "A basis that says *proposed* is no published value: those concerned have to agree on it before it is adopted.",
        "Whoever loses points is told first, and may contest from then on; a contested record does not count.",
        "Of several rules that one act matches, only the weightiest counts. While a grade is set directly, merit is "
        "recorded and counts later.",
    )
    index_heads = ("scheme", "who stands in it", "merits", "demerits")
    left_out = "What is not scored, and why"
    left_out_text = (
        "Other rulebooks score these. This one does not, and a policy that tries to is refused where a word tells."
    )
    left_out_heads = ("not scored", "why")
    grades = "Grades"
    grade_heads = ("grade", "name", "score")
    merits, demerits = "What brings points", "What costs points"
    no_repair = "no"
    shares = "Who feels it too"
    shares_text = "One act reaches a person once, over the way that gives most, and goes no further."
    no_shares = "Nobody else. What one does stays with them."
    merit, demerit = "a merit brings {amount}", "a demerit takes {amount}"
    elsewhere = "What follows in other schemes"
    derived = "What follows from something else"
    derived_text = "Nobody files these. They come with what they follow from and stay with who they are about."
    derived_heads = ("what", "worth", "counts", "made good", "basis")
    at_period_end = "on the first day after the year"
    at_direct_grade = "when a grade is set directly, and for as long as it holds"
    measures = "What a good standing brings"
    measures_text = "Nobody is kept from anything because of a score. These are granted on top."
    measure_heads = ("benefit", "grades", "granted by", "basis")
    kinds: ClassVar[Mapping[SubjectKind, str]] = {
        SubjectKind.PERSON: "persons",
        SubjectKind.FAMILY: "families",
        SubjectKind.STUDY_GROUP: "study groups",
        SubjectKind.SCHOOL_CLASS: "school classes",
        SubjectKind.SCHOOL: "schools",
        SubjectKind.ENTERPRISE: "enterprises",
        SubjectKind.BRANCH: "branches",
        SubjectKind.WORK_TEAM: "work teams",
        SubjectKind.DEPARTMENT: "departments",
        SubjectKind.ORGAN: "organs",
        SubjectKind.HOSPITAL: "hospitals",
        SubjectKind.VILLAGE: "villages",
        SubjectKind.COMMUNITY: "communities",
        SubjectKind.MERCHANT: "merchants",
        SubjectKind.ALLIANCE: "alliances",
        SubjectKind.ASSOCIATION: "associations",
    }
    periods: ClassVar[Mapping[PeriodKind, str]] = {kind: str(kind) for kind in PeriodKind}
    positions: ClassVar[Mapping[Position, str]] = {
        Position.ACTOR: "who acted",
        Position.MIDDLE: "who stands between",
        Position.TARGET: "who is reached",
    }
    ends: ClassVar[Mapping[str, str]] = {"enterprise <-legal_representative_of- person": "its legal representative"}
    units: ClassVar[Mapping[str, str]] = {"hour": "hours", "yuan": "yuan"}

    def of(self, title: Title) -> str:
        return title.en

    def file(self, name: str) -> str:
        return f"{name}.md"

    def other_page(self, name: str) -> str:
        return f"[中文]({name}.zh.md) · [All schemes](../rulebook.md)"

    def translated(self, text: str) -> str:
        return text

    def begin(self, scheme: Scheme, period: str) -> Iterable[str]:
        yield f"- Who stands in it: {self.joined(self.kinds[kind] for kind in scheme.subjects)}."
        yield f"- Everybody begins with {format_points(scheme.base)} points. A period of it is a {period}."
        if scheme.floor is not None and scheme.ceiling is not None:
            yield f"- No score lies below {format_points(scheme.floor)} or above {format_points(scheme.ceiling)}."
        yield f"- A demerit counts from the {scheme.notice_days}th day after its notice was delivered."
        yield (
            f"- A contest is decided within {scheme.contest.decide_within} working days; what cannot be verified "
            f"within {scheme.contest.lapses_after} days is revoked."
        )

    def rule_heads(self, *, demerit: bool) -> tuple[str, ...]:
        if demerit:
            return "what", "costs", "counts", "the same again", "made good", "basis"
        return "what", "brings", "counts", "basis"

    def scores(self, at_least: int | None, above: int | None) -> str:
        if at_least is None:
            return f"below {_edge(above)}" if _is_round(above) else f"up to {_edge(above)}"
        return f"{_edge(at_least)} and more" if _is_round(at_least) else f"more than {_edge(at_least)}"

    def points(self, points: int) -> str:
        return f"{format_points(points)} point{'' if points == POINT else 's'}"

    def between(self, lowest: int, highest: int) -> str:
        return f"{self.signed(lowest)} to {self.signed(highest)}, as decided"

    def grade(self, grade: str) -> str:
        return f"grade {grade}"

    def tier(self, tier: Tier, unit: str) -> str:
        return f"{format_points(tier.at_least)} {self.units[unit]}: {self.signed(tier.points)}"

    def per_total(self, steps: str, period: str) -> str:
        return f"{steps} (in all, by the total of the {period})"

    def band(self, band: Band, unit: str) -> str:
        said = f"{self.signed(band.points)} for every full {int(format_points(band.step)):,} {self.units[unit]}"
        return f"{said} beyond" if band.up_to is None else f"{said} up to {int(format_points(band.up_to)):,}"

    def acts_at_most(self, acts: int, period: str) -> str:
        return f"once a {period}" if acts == 1 else f"at most {acts} times a {period}"

    def points_at_most(self, points: int, period: str) -> str:
        return f"at most {format_points(points)} a {period}"

    def at_most_per_act(self, points: int) -> str:
        return f"at most {format_points(points)} for each act"

    def doubled(self, once: str, again: str) -> str:
        return f"{once}; doubled {again}"

    def span(self, valid: Validity, period: str) -> str:
        if valid.unit is ValidityUnit.PERIOD:
            return f"to the end of the {period}"
        if valid.unit is ValidityUnit.UNTIL_CORRECTED:
            return "until it is put right"
        unit = str(valid.unit)
        return f"{valid.count} {unit.removesuffix('s') if valid.count == 1 else unit}"

    def times(self, times: int) -> str:
        return {1: "the same", 2: "double"}.get(times, f"{times} times")

    def repair(self, days: int) -> str:
        return f"from day {days} on" if days else "as soon as it is put right"

    def becomes(self, repair: str, worth: str) -> str:
        return f"{repair}; becomes {worth}"

    def share(self, percent: int) -> str:
        return "all its points" if percent == WHOLE else f"{_percent(percent)} % of its points"

    def listed(self, title: str, points: int) -> str:
        return f"{self.points(points)} (*{title}*)"

    def only_with_consent(self, whom: str, *, minors: bool) -> str:
        said = f"only with the consent of {whom.replace(', ', ' and ')}"
        return f"{said}, for minors their guardian's" if minors else said

    def never_for(self, titles: str) -> str:
        return f"never for: {titles}"

    def sentence(self, parts: Iterable[str]) -> str:
        text = ", ".join(parts)
        return f"{text[0].upper()}{text[1:]}."

    def route(self, title: str, carried: str, path: str, fan_out: int) -> str:
        most = "one subject is" if fan_out == 1 else f"{fan_out} subjects are"
        return f"- **{title}**: {carried} At most {most} reached (`{path}`)."

    def by_grade(self, grade: str, worth: str) -> str:
        return f"{grade}: {worth}"

    def bridge(self, title: str, occasion: str, other: str, filed: str) -> str:
        return f"- **{title}**: {occasion}, the same person has in *{other}* — {filed}."

    def also(self, title: str, whom: str, other: str, worth: str) -> str:
        return f"- *{title}*: {whom} has {worth} in *{other}*, as a record of their own."

    def semicolons(self, parts: Iterable[str]) -> str:
        return "; ".join(parts)


class Chinese(Words):
    """Chinese."""

    language = "中文"
    colon, comma = "：", "、"
    introduction = (
        "本手册用通俗的文字说明 `wendeng` 版本的内容：哪些行为加分、哪些行为扣分，有效多久，影响到谁，以及如何修复。"
        "本手册由程序实际运行的政策生成，两者不会不一致。",
        "",
        "`encourage` 版本与之相同，但扣分不会从一个主体传给另一个主体。",
    )
    reading = (
        "每个人在各方案中分别计分。除各页写明的少数情形外，一个方案的积分不计入另一个方案。",
        "依据中写有“建议值”的，并非公布的数值，须由相关各方商定后方可施行。",
        "扣分前先告知本人，本人自告知起即可提出异议；异议期间该记录不计分。",
        "同一行为符合多条规则的，只计最重的一条。直接判级期间，加分只登记，待判级解除后计入。",
    )
    index_heads = ("方案", "适用主体", "加分规则", "扣分规则")
    left_out = "哪些行为不评分及其原因"
    left_out_text = "其他规则手册对下列行为评分，本手册不评分；政策中出现明显字样的将被拒绝。"
    left_out_heads = ("不评分的行为", "原因")
    grades = "等级"
    grade_heads = ("等级", "名称", "分数")
    merits, demerits = "加分", "扣分"
    no_repair = "不适用"
    shares = "还会影响到谁"
    shares_text = "同一行为对每个人只计一次，取影响最大的途径，且不再继续传递。"
    no_shares = "不影响他人，只计入本人。"
    merit, demerit = "加分时可得{amount}", "扣分时扣{amount}"
    elsewhere = "在其他方案中的影响"
    derived = "由其他记录产生的记录"
    derived_text = "下列记录不由任何人登记，随其来源产生，只属于本人。"
    derived_heads = ("内容", "分值", "有效期", "修复", "依据")
    at_period_end = "每年结束后的第一天"
    at_direct_grade = "直接判级时，并在判级有效期间"
    measures = "信用良好可享受的优惠"
    measures_text = "不因分数限制任何人的任何权利，以下为额外给予的优惠。"
    measure_heads = ("优惠", "等级", "提供单位", "依据")
    kinds: ClassVar[Mapping[SubjectKind, str]] = {
        SubjectKind.PERSON: "个人",
        SubjectKind.FAMILY: "家庭",
        SubjectKind.STUDY_GROUP: "学习小组",
        SubjectKind.SCHOOL_CLASS: "班级",
        SubjectKind.SCHOOL: "学校",
        SubjectKind.ENTERPRISE: "企业",
        SubjectKind.BRANCH: "分支机构",
        SubjectKind.WORK_TEAM: "班组",
        SubjectKind.DEPARTMENT: "部门",
        SubjectKind.ORGAN: "机关",
        SubjectKind.HOSPITAL: "医院",
        SubjectKind.VILLAGE: "村",
        SubjectKind.COMMUNITY: "社区",
        SubjectKind.MERCHANT: "商户",
        SubjectKind.ALLIANCE: "商家联盟",
        SubjectKind.ASSOCIATION: "社会组织",
    }
    periods: ClassVar[Mapping[PeriodKind, str]] = {
        PeriodKind.WEEK: "每周",
        PeriodKind.MONTH: "每月",
        PeriodKind.QUARTER: "每季度",
        PeriodKind.TERM: "每学期",
        PeriodKind.YEAR: "每年",
    }
    positions: ClassVar[Mapping[Position, str]] = {
        Position.ACTOR: "行为人",
        Position.MIDDLE: "中间主体",
        Position.TARGET: "受影响人",
    }
    ends: ClassVar[Mapping[str, str]] = {"enterprise <-legal_representative_of- person": "其法定代表人"}
    units: ClassVar[Mapping[str, str]] = {"hour": "小时", "yuan": "元"}

    def __init__(self) -> None:
        self.texts: Mapping[str, str] = YAML(typ="safe").load(Path(__file__).parent / "rulebook" / "chinese.yaml")

    def of(self, title: Title) -> str:
        return title.zh

    def file(self, name: str) -> str:
        return f"{name}.zh.md"

    def other_page(self, name: str) -> str:
        return f"[English]({name}.md) · [全部方案](../rulebook.md)"

    def translated(self, text: str) -> str:
        if match := _ARTICLE.fullmatch(text):
            return f"第{match[1].replace(' and ', '、')}条"
        return self.texts[text]

    def begin(self, scheme: Scheme, period: str) -> Iterable[str]:
        yield f"- 适用主体：{self.joined(self.kinds[kind] for kind in scheme.subjects)}。"
        yield f"- 基础分为 {format_points(scheme.base)} 分；计分周期为{period.removeprefix('每')}。"
        if scheme.floor is not None and scheme.ceiling is not None:
            yield f"- 分数最低 {format_points(scheme.floor)} 分，最高 {format_points(scheme.ceiling)} 分。"
        yield f"- 扣分自告知送达后第 {scheme.notice_days} 日起计入。"
        yield (
            f"- 异议在 {scheme.contest.decide_within} 个工作日内作出决定；"
            f"{scheme.contest.lapses_after} 日内无法核实的记录予以撤销。"
        )

    def rule_heads(self, *, demerit: bool) -> tuple[str, ...]:
        if demerit:
            return "行为", "扣分", "有效期", "再次发生", "修复", "依据"
        return "行为", "加分", "有效期", "依据"

    def scores(self, at_least: int | None, above: int | None) -> str:
        if at_least is None:
            return f"低于 {_edge(above)} 分" if _is_round(above) else f"{_edge(above)} 分及以下"
        return f"{_edge(at_least)} 分及以上" if _is_round(at_least) else f"高于 {_edge(at_least)} 分"

    def points(self, points: int) -> str:
        return f" {format_points(points)} 分"

    def between(self, lowest: int, highest: int) -> str:
        return f"{self.signed(lowest)} 至 {self.signed(highest)}，酌定"

    def grade(self, grade: str) -> str:
        return f"直接判定为 {grade} 级" if grade.isalpha() else f"直接判定为 {grade} 星"

    def tier(self, tier: Tier, unit: str) -> str:
        return f"满 {format_points(tier.at_least)} {self.units[unit]} {self.signed(tier.points)}"

    def per_total(self, steps: str, period: str) -> str:
        return f"{steps}（{period}累计，非逐档相加）"

    def band(self, band: Band, unit: str) -> str:
        said = f"每满 {format_points(band.step)} {self.units[unit]} {self.signed(band.points)}"
        return f"再往上{said}" if band.up_to is None else f"{format_points(band.up_to)} {self.units[unit]}以内{said}"

    def acts_at_most(self, acts: int, period: str) -> str:
        return f"{period}最多 {acts} 次"

    def points_at_most(self, points: int, period: str) -> str:
        return f"{period}最多 {format_points(points)} 分"

    def at_most_per_act(self, points: int) -> str:
        return f"每次最多 {format_points(points)} 分"

    def doubled(self, once: str, again: str) -> str:
        return f"{once}；加倍后 {again}"

    def span(self, valid: Validity, period: str) -> str:
        if valid.unit is ValidityUnit.PERIOD:
            return f"至当{period.removeprefix('每').replace('年', '年度')}结束"
        if valid.unit is ValidityUnit.UNTIL_CORRECTED:
            return "至整改为止"
        units = {ValidityUnit.DAYS: "日", ValidityUnit.MONTHS: "个月", ValidityUnit.YEARS: "年"}
        return f"{valid.count} {units[valid.unit]}"

    def times(self, times: int) -> str:
        return {1: "不加倍", 2: "加倍"}.get(times, f"{times} 倍")

    def repair(self, days: int) -> str:
        return f"满 {days} 日后" if days else "改正后即可"

    def becomes(self, repair: str, worth: str) -> str:
        return f"{repair}；改为 {worth}"

    def share(self, percent: int) -> str:
        return "全部分值" if percent == WHOLE else f"其分值的 {_percent(percent)}%"

    def listed(self, title: str, points: int) -> str:
        return f"{self.points(points)}（{title}）"

    def only_with_consent(self, whom: str, *, minors: bool) -> str:
        said = f"须经{whom.replace('、', '和')}同意"
        return f"{said}，未成年人由其监护人同意" if minors else said

    def never_for(self, titles: str) -> str:
        return f"下列行为除外：{titles}"

    def sentence(self, parts: Iterable[str]) -> str:
        return f"{'，'.join(parts)}。"

    def route(self, title: str, carried: str, path: str, fan_out: int) -> str:
        return f"- **{title}**：{carried.replace('。 ', '。')}最多影响 {fan_out} 个主体（`{path}`）。"

    def by_grade(self, grade: str, worth: str) -> str:
        return f"{grade}{'级' if grade.isalpha() else '星'}：{worth}"

    def bridge(self, title: str, occasion: str, other: str, filed: str) -> str:
        return f"- **{title}**：{occasion}，同一人在《{other}》中计：{filed}。"

    def also(self, title: str, whom: str, other: str, worth: str) -> str:
        return f"- {title}：{whom}在《{other}》中计 {worth}，作为其本人的记录。"

    def semicolons(self, parts: Iterable[str]) -> str:
        return "；".join(parts)


def _edge(score: int | None) -> str:
    """Write where a grade begins; a millionth above a whole number is written as that number."""
    score = score or 0
    return format_points(score if _is_round(score) else score - 1)


def _is_round(score: int | None) -> bool:
    return (score or 0) % 10 == 0


def _percent(percent: int) -> str:
    return format_points(percent * 100 * POINT // WHOLE)


ENGLISH = English()
CHINESE = Chinese()
