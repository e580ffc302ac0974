"""The rows of a district, town by town: the same that files of freight are read into."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import TextIO

from graph_service.model.points import format_points
from graph_service.policy.schemes import Policy
from loaders.district.consents import ask_for_consents
from loaders.district.enterprises import found_enterprises, staff_enterprises
from loaders.district.families import settle_families
from loaders.district.merchants import found_merchants, own_merchants
from loaders.district.organs import found_organs, staff_organs
from loaders.district.plan import Plan, TownPlan
from loaders.district.records import Told, records_of
from loaders.district.school import open_school, plan_pupils, plan_school
from loaders.district.town import Town, begin
from loaders.district.villages import elect_committees, found_villages
from loaders.freight import COLUMNS, EXTERNAL, Freight
from loaders.item import Item

#: Columns of a district's files beside those that are always there.
_MORE = {Freight.SUBJECTS: (f"{EXTERNAL}roll",), Freight.TIES: ("role", "percent", "amount", "currency")}


def build(plan: Plan, planned: TownPlan, policy: Policy) -> Town:
    """Build a town: first its bodies, then its families, then who does what."""
    town = begin(plan, planned, policy)
    found_villages(town)
    found_organs(town)
    found_enterprises(town)
    found_merchants(town)
    school = plan_school(town)
    settle_families(town, plan_pupils(town, school), town.size - len(town.subjects) - school.subjects)
    town.free = town.dice("free").mixed(town.free)
    elect_committees(town)
    open_school(town, school, policy)
    staff_organs(town)
    own_merchants(town)
    staff_enterprises(town)
    ask_for_consents(town, policy)
    return town


def graph(plan: Plan, policy: Policy) -> Iterator[Town]:
    """Build the towns of a district, one after the other; only one is held at a time."""
    for planned in plan.towns():
        yield build(plan, planned, policy)


def records_of_year(plan: Plan, policy: Policy) -> Iterator[list[Told]]:
    """Tell the year of each town, in the order in which its records are known."""
    for town in graph(plan, policy):
        yield year_of(town, policy)


def year_of(town: Town, policy: Policy) -> list[Told]:
    """Tell the year of a town, in the order in which its records are known."""
    return sorted(records_of(town, policy), key=lambda told: (told.known_on, told.item.id))


def written(plan: Plan, policy: Policy, folder: Path) -> Mapping[Freight, Path]:
    """Write a district as files of freight, in bounded memory; give the files that have rows."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {freight: folder / f"{freight}.csv" for freight in Freight}
    with ExitStack() as stack:
        files: dict[Freight, TextIO] = {
            freight: stack.enter_context(path.open("w", encoding="utf-8", newline=""))
            for freight, path in paths.items()
        }
        tables = {freight: _Table(freight, file) for freight, file in files.items()}
        for town in graph(plan, policy):
            held: dict[Freight, Iterator[Item]] = {
                Freight.SUBJECTS: iter(town.subjects),
                Freight.TIES: iter(town.ties),
                Freight.CONSENTS: iter(town.consents),
                Freight.RECORDS: iter(_in_order(town, policy)),
            }
            for freight, items in held.items():
                for item in items:
                    tables[freight].write(item)
    for freight, table in tables.items():
        if not table.rows:
            # As an export does: a header alone may have been cut off.
            paths.pop(freight).unlink()
    return paths


def _in_order(town: Town, policy: Policy) -> list[Item]:
    return [each.item for each in year_of(town, policy)]


class _Table:
    """A file of one kind of freight."""

    def __init__(self, freight: Freight, file: TextIO) -> None:
        header = [*COLUMNS[freight].known, *_MORE.get(freight, ())]
        self._writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        self._writer.writeheader()
        self._known = frozenset(header)
        self.rows = 0

    def write(self, item: Item) -> None:
        """Write a row."""
        self.rows += 1
        cells: dict[str, str] = {}
        for each in fields(item):  # type: ignore[arg-type]
            value = getattr(item, each.name)
            if each.name == "external_ids":
                cells |= {f"{EXTERNAL}{scheme}": text for scheme, text in value.items()}
            elif each.name == "attributes":
                cells |= value
            elif value is not None and value != () and each.name in self._known:
                cells[each.name] = _cell(each.name, value)
        self._writer.writerow(cells)


def _cell(name: str, value: object) -> str:
    if name in {"quantity", "points"} and isinstance(value, int):
        return format_points(value)
    if isinstance(value, tuple):
        return " ".join(value)
    return value.isoformat() if isinstance(value, date) else str(value)
