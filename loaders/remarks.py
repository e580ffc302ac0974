"""Remarks: what a run tells though nothing is wrong, such as a column that nothing is taken from."""

from __future__ import annotations

from dataclasses import dataclass

from graph_service.errors import Refusal


class Remark(Refusal):
    """Something that is told and stops nothing. It is said as refusals are, in both languages."""


class ColumnPassedOver(Remark):
    """A roster has columns that its shape does not know. What stands in them goes nowhere."""

    code = "column_passed_over"
    en = "Nothing is taken from these columns: {columns}. Read of such a roster ({shape}): {known}."
    zh = "以下各列未被读取：{columns}。此类名册（{shape}）读取：{known}。"


class RosterLacks(Remark):
    """Some who belong to the organisation no longer stand in its roster. They are left as they are."""

    code = "roster_lacks"
    en = (
        "{count} who belong to {of} do not stand in the roster: {who}."
        " They stay as they are; say --complete where it is complete, and their ties end."
    )
    zh = "{of} 有 {count} 人不在名册中：{who}。现保持不变；如名册完整，请加 --complete，其关系随即终止。"


class RosterLacksEnded(Remark):
    """As `RosterLacks`, where the roster was said to be complete."""

    code = "roster_lacks_ended"
    en = "{count} who belong to {of} do not stand in the complete roster, and their ties to it end: {who}."
    zh = "{of} 有 {count} 人不在完整名册中，其关系终止：{who}。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A remark, and the file that it is about."""

    file: str
    remark: Remark
