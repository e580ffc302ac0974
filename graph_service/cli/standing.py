"""Commands that read: standings, statements, shares and the whole replay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from graph_service.cli.options import (
    FormatOption,
    KnownAtOption,
    OnOption,
    PolicyOption,
    SchemeOption,
    StoreOption,
    service,
)
from graph_service.cli.policy import policy_folder
from graph_service.cli.printing import Cell, Format, print_rows, say
from graph_service.lookups import linked as linked_lookup
from graph_service.lookups import shares as shares_lookup
from graph_service.lookups import statement as statement_lookup
from graph_service.lookups.derived import CARRIED
from graph_service.lookups.standing import all_standings
from graph_service.model.points import format_points
from graph_service.model.records import Record
from graph_service.model.standing import OWN, Share, Standing
from graph_service.policy.folder import read_folder
from graph_service.policy.parse import parse_policy

STANDING_COLUMNS = ("subject", "score", "grade", "own", "shared")


def standing_rows(standings: Iterable[Standing]) -> Iterator[tuple[Cell, ...]]:
    """Give standings as rows, points as exact decimals."""
    for held in standings:
        yield (
            held.subject,
            format_points(held.score),
            held.grade,
            format_points(held.own),
            format_points(held.shared),
        )


def standings(
    scheme: SchemeOption,
    on: OnOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print where everyone stands in a scheme, in order of subject id.

    Example: `trustnet standings --scheme school --on 2026-06-30 --format csv`
    """
    with service(store) as opened, opened.reading() as reading:
        rows = standing_rows(all_standings(reading, scheme, as_of=on, known_at=known_at))
        print_rows(STANDING_COLUMNS, rows, form)


def statement(
    subject: Annotated[str, typer.Option("--subject", help="Id of the subject.")],
    scheme: SchemeOption,
    on: OnOption = None,
    known_at: KnownAtOption = None,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Explain one standing: every record, route and walk behind it.

    Example: `trustnet statement --subject p-02 --scheme school`
    """
    with service(store) as opened, opened.reading() as reading:
        found = statement_lookup.statement(reading, subject, scheme, as_of=on, known_at=known_at)
    # What sets a grade has no points and no share, and yet is the weightiest reason that there is.
    reasons = [(line.act, line.share) for line in found.lines]
    reasons += [
        (act, Share(record=act.record, target=act.subject, route=OWN, walk=(), amount=0)) for act in found.graded_by
    ]
    reasons.sort(key=lambda reason: (reason[0].happened_on, reason[0].record))
    rows = (
        (
            act.happened_on.isoformat(),
            act.record,
            act.subject,
            act.rule,
            share.route,
            ">".join(share.walk),
            format_points(share.amount),
            act.grade,
        )
        for act, share in reasons
    )
    print_rows(("happened_on", "record", "actor", "rule", "route", "walk", "amount", "grade"), rows, form)
    if form is Format.TABLE:
        _print_sum(found)


def _print_sum(found: statement_lookup.Statement) -> None:
    reckoned = found.total
    parts = [("base", "", "", format_points(reckoned.base))]
    for part in reckoned.parts:
        period = "" if part.balance.period is None else f"from {part.balance.period.isoformat()}"
        counted = format_points(part.counted)
        note = period if part.counted == part.balance.amount else f"{period} capped".strip()
        if reckoned.merit_suspended and part.balance.sign > 0:
            note = "kept back while a grade is given directly"
        parts.append((part.balance.route, format_points(part.balance.amount), note, counted))
    if reckoned.bounded_by:
        parts.append(("floor or ceiling", "", "", format_points(reckoned.bounded_by)))
    standing = reckoned.standing
    by = "" if not found.graded_by else ", set by " + ", ".join(act.record for act in found.graded_by)
    parts.append(("score", "", f"grade {standing.grade}{by}", format_points(standing.score)))
    print_rows(("part", "amount", "note", "counted"), parts, Format.TABLE)
    say(f"{found.subject} in {found.scheme.code} at the end of {found.moment.as_of}, known at {found.moment.known_at}")


FILED_WITH_COLUMNS = ("record", "subject", "scheme", "rule", "points", "grade", "state")


def shares(
    record: Annotated[str, typer.Option("--record", help="Id of the record.")],
    on: OnOption = None,
    known_at: KnownAtOption = None,
    filed_with: Annotated[
        bool, typer.Option("--filed-with", help="Print the records that were, or would be, filed with it instead.")
    ] = False,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Print what a record gives to whom, over which route and walk; a table shows what was filed with it, too.

    Example: `trustnet shares --record r-013 --format csv`
    """
    with service(store) as opened, opened.reading() as reading:
        found = shares_lookup.shares_of(reading, record, as_of=on, known_at=known_at)
        held = shares_lookup.record_of(reading, record)
        others = linked_lookup.filed_with(reading, held, opened.clock.today())
    if not filed_with:
        rows = ((share.target, share.route, ">".join(share.walk), format_points(share.amount)) for share in found)
        print_rows(("target", "route", "walk", "amount"), rows, form)
    if filed_with or (others and form is Format.TABLE):
        print_rows(FILED_WITH_COLUMNS, map(_filed_with, others), form)


def _filed_with(other: Record) -> tuple[Cell, ...]:
    # What is only proposed has no id that could be asked for.
    id_ = None if other.id == CARRIED else other.id
    return id_, other.subject, other.scheme, other.rule, format_points(other.points), other.grade, str(other.state)


def replay(
    scheme: SchemeOption,
    on: OnOption = None,
    known_at: KnownAtOption = None,
    policy: PolicyOption = None,
    snapshot: Annotated[
        Path | None, typer.Option("--snapshot", help="Folder of `export --format parquet`; by default a new one.")
    ] = None,
    store: StoreOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Work out every standing from all records at once, in DuckDB; with another policy, as it would have been.

    Example: `trustnet replay --scheme school --format csv`
    """
    from graph_service.replay.duckdb import replayed
    from graph_service.replay.manifest import read_manifest

    changed = None
    if policy is not None:
        folder = policy_folder(policy)
        changed = parse_policy(folder.name, read_folder(folder))
    with _snapshot(snapshot, store) as taken:
        day = on or read_manifest(taken).ticked_on
        if day is None:
            raise typer.BadParameter("the store has no day yet: run trustnet tick, or give --on")
        with replayed(taken, scheme, as_of=day, known_at=known_at, policy=changed) as whole:
            print_rows(STANDING_COLUMNS, standing_rows(whole.standings()), form)
            again = whole.reassessed
    if again is not None:
        dropped, unfit = sum(again.dropped.values()), sum(again.unfit.values())
        say(f"{again.assessed} records assessed anew; {dropped} have no rule any more, {unfit} do not fit theirs")


@contextmanager
def _snapshot(folder: Path | None, store: str | None) -> Iterator[Path]:
    """Give the snapshot that is named, or take one for as long as the block lasts."""
    if folder is not None:
        yield folder
        return
    from graph_service.replay.snapshot import write

    with TemporaryDirectory(prefix="trustnet-") as scratch, service(store) as opened:
        write(opened.store, Path(scratch) / "snapshot")
        yield Path(scratch) / "snapshot"
