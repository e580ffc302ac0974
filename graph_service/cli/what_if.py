"""The command that replays history under a changed policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.bar import Bar
from rich.console import Console
from rich.table import Table

from graph_service.cli.options import FormatOption, OnOption, StoreOption, service
from graph_service.cli.policy import policy_folder
from graph_service.cli.printing import Cell, Format, print_rows, say
from graph_service.model.points import format_points
from graph_service.policy.folder import read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Policy
from graph_service.ports.store import Reading, Store
from graph_service.projection.keep import edition_on

if TYPE_CHECKING:
    from graph_service.replay.what_if import ChangeBand, Mover, WhatIf

#: Movers that are asked of the engine at a time.
_PER_PAGE = 5_000
#: How wide the longest bar is.
_BAR = 40
_COLUMNS = ("scheme", "subject", "change", "score_before", "grade_before", "score_after", "grade_after", "why")


def what_if(
    policy: Annotated[Path, typer.Option("--policy", help="Folder of the changed policy.", metavar="DIR")],
    scheme: Annotated[
        str | None, typer.Option("--scheme", help="Code of the scheme; by default all that the policy changes.")
    ] = None,
    on: OnOption = None,
    limit: Annotated[int, typer.Option("--limit", help="Subjects that a table lists.", min=0)] = 20,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say who would stand where if another policy had held all along, and why; nothing is touched.

    A table sums it up; CSV and JSON Lines list every subject whose score or grade would be another, the greatest
    change first.

    Example: `trustnet what-if --policy my-policy/ --scheme school`
    """
    folder = policy_folder(policy)
    changed = parse_policy(folder.name, read_folder(folder))
    with service(store) as opened:
        with opened.reading() as reading:
            codes = [scheme] if scheme else _changed(reading, changed, on)
        if not codes:
            say("The policy changes no scheme: nobody moves.")
        if form is not Format.TABLE:
            rows = (row for code in codes for row in _found(opened.store, changed, code, on))
            print_rows(_COLUMNS, rows, form)
            return
        for code in codes:
            with _asked(opened.store, changed, code, on) as found:
                _show(found, limit)


def _asked(store: Store, policy: Policy, scheme: str, on: date | None) -> AbstractContextManager[WhatIf]:
    # The engine takes a while to load: only this command waits for it.
    from graph_service.replay.what_if import what_if as ask

    return ask(store, policy, scheme, as_of=on)


def _changed(reading: Reading, policy: Policy, on: date | None) -> list[str]:
    """List the schemes that are in both policies and not the same."""
    day = on or reading.head().ticked_on
    edition = edition_on(reading.editions(), day or date.min)
    adopted = {} if edition is None else edition.policy.schemes
    return [code for code, held in policy.schemes.items() if code in adopted and adopted[code] != held]


def _found(store: Store, policy: Policy, scheme: str, on: date | None) -> Iterator[tuple[Cell, ...]]:
    with _asked(store, policy, scheme, on) as found:
        place = None
        while movers := found.movers(after=place, limit=_PER_PAGE):
            yield from (_row(found, mover) for mover in movers)
            place = movers[-1].place


def _row(found: WhatIf, mover: Mover) -> tuple[Cell, ...]:
    return (
        found.after.code,
        mover.subject,
        _signed(mover.change),
        None if mover.score_before is None else format_points(mover.score_before),
        mover.grade_before,
        None if mover.score_after is None else format_points(mover.score_after),
        mover.grade_after,
        _why(mover),
    )


def _why(mover: Mover) -> str:
    """Write the reasons in short: own records by rule, then routes, with what caps made of them."""
    reasons = [
        f"{rule.rule} {format_points(rule.points_before)} -> {format_points(rule.points_after)}" for rule in mover.rules
    ]
    for part in mover.parts:
        counted = f"{format_points(part.counted_before)} -> {format_points(part.counted_after)}"
        capped = part.counted_after != part.amount_after
        note = f" (of {format_points(part.amount_after)})" if capped else ""
        reasons.append(f"{part.route} {counted}{note}")
    return "; ".join(reasons)


def _signed(points: int) -> str:
    return f"+{format_points(points)}" if points > 0 else format_points(points)


# For people


def _show(found: WhatIf, limit: int) -> None:
    console = Console(highlight=False)
    title = f"{found.after.code} on {found.as_of}"
    subjects, moved, regraded = found.subjects(), found.moved(), found.regraded()
    console.print(
        f"{title}: {regraded:,} of {subjects:,} subjects at another grade, {moved:,} at another score or grade"
    )
    again = found.reassessed
    dropped, unfit = sum(again.dropped.values()), sum(again.unfit.values())
    if dropped or unfit:
        console.print(f"{dropped:,} records have no rule any more, {unfit:,} do not fit theirs; they count for nobody")
    console.print(_matrix(found))
    if moved:
        console.print(_bands(found.bands()))
        console.print(_causes(found))
        if limit:
            rows = (_short(mover) for mover in found.movers(limit=limit))
            print_rows(("subject", "now", "then", "why"), rows, Format.TABLE, title="The greatest changes")


def _short(mover: Mover) -> tuple[Cell, ...]:
    before, after = (
        _grade(grade) if score is None else f"{format_points(score)} {grade}"
        for score, grade in ((mover.score_before, mover.grade_before), (mover.score_after, mover.grade_after))
    )
    return mover.subject, before, after, _why(mover)


def _matrix(found: WhatIf) -> Table:
    """Draw from which grade to which: now down the side, then along the top."""
    moves = found.matrix()
    afters = list(dict.fromkeys([*(step.grade for step in found.after.grades), *(move.after for move in moves)]))
    table = Table("now \\ then", *(_grade(after) for after in afters), title="Grades", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    counts = {(move.before, move.after): move.subjects for move in moves}
    for before in dict.fromkeys(move.before for move in moves):
        row = [counts.get((before, after), 0) for after in afters]
        table.add_row(_grade(before), *(f"{count:,}" if count else "" for count in row))
    return table


def _grade(grade: str | None) -> str:
    return "not scored" if grade is None else grade


def _bands(bands: list[ChangeBand]) -> Table:
    table = Table("change", "subjects", "", title="Changes of the score", title_justify="left")
    table.columns[1].justify = "right"
    longest = max(band.subjects for band in bands) or 1
    filled = [number for number, band in enumerate(bands) if band.subjects]
    for band in bands[filled[0] : filled[-1] + 1] if filled else ():
        table.add_row(_band(band), f"{band.subjects:,}", Bar(longest, 0, band.subjects, width=_BAR))
    return table


def _band(band: ChangeBand) -> str:
    if band.above is None:
        return f"below {format_points(band.below or 0)}"
    if band.below is None:
        return f"{_signed(band.above)} and more"
    return f"{_signed(band.above)} to {_signed(band.below)}"


def _causes(found: WhatIf) -> Table:
    table = Table("by", "of", "subjects", "change", title="What causes it", title_justify="left")
    for column in table.columns[2:]:
        column.justify = "right"
    for route in found.routes():
        sign = "merit" if route.sign > 0 else "demerit"
        table.add_row(f"route {route.route}", sign, f"{route.subjects:,}", _signed(route.change))
    for rule in found.rules():
        change = _signed(rule.points_after - rule.points_before)
        table.add_row(f"rule {rule.rule}", f"{rule.records_after:,} records", f"{rule.subjects:,}", change)
    if found.after.base != found.before.base:
        table.add_row("base", "", f"{found.subjects():,}", _signed(found.after.base - found.before.base))
    return table
