"""Commands that move data in and out: load and export."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from graph_service.actions.adopt import adopt
from graph_service.cli.options import PolicyOption, StoreOption, TodayOption, read_day, service
from graph_service.cli.policy import policy_folder
from graph_service.cli.printing import Format, console, language, print_refusal, print_rows, say
from graph_service.model.faults import Fault
from graph_service.policy.folder import read_folder
from graph_service.policy.parse import parse_policy
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.wiring import is_there, open_service, with_store
from loaders import FilesFaulty, Form, Freight, LoadCutShort, LoadReport, RosterTerms, exported_lines
from loaders import check as check_files
from loaders import export as export_files
from loaders import load as load_checked
from loaders.faults import TellFault
from loaders.report import (
    FAULT_COLUMNS,
    KIND_COLUMNS,
    fault_as_csv_line,
    fault_as_json_line,
    faults_table,
    loaded_kinds,
    loaded_table,
    progress_bar,
    sorts_table,
)

#: Checks or loads files.
Run = Callable[..., LoadReport]

#: A first edition starts here unless something else is said: before everything that is loaded.
FIRST_SINCE = date(1970, 1, 1)

SinceOption = Annotated[
    date | None,
    typer.Option("--since", parser=read_day, metavar="DAY", help="First day of the policy's edition."),
]


def load(
    files: Annotated[list[Path] | None, typer.Argument(help="CSV and JSON Lines files, in any order.")] = None,
    policy: PolicyOption = None,
    since: SinceOption = None,
    store: StoreOption = None,
    today: TodayOption = None,
    freight: Annotated[Freight | None, typer.Option("--freight", help="What the files hold.")] = None,
    filer: Annotated[str, typer.Option("--filer", help="Who filed records, where a row names nobody.")] = "import",
    approver: Annotated[
        str, typer.Option("--approver", help="Who approved them, where a row names nobody.")
    ] = "import-approver",
    check: Annotated[
        bool, typer.Option("--dry-run", "--check", help="Check the files, tell what would come of it, write nothing.")
    ] = False,
    of: Annotated[
        str | None, typer.Option("--of", help="Whose rosters they are: id of the school, village or enterprise.")
    ] = None,
    holds_since: Annotated[
        date | None,
        typer.Option("--holds-since", parser=read_day, metavar="DAY", help="First day of new ties of rosters."),
    ] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="The rosters are complete: ties of who does not stand in them end.")
    ] = False,
    faults: Annotated[Format, typer.Option("--faults", help="How faults are printed.")] = Format.TABLE,
    form: Annotated[
        Format | None, typer.Option("--format", help="Print what came of it kind by kind, and how.")
    ] = None,
) -> None:
    """Load subjects, ties, consents, records and rosters; all are checked first, and a faulty file writes nothing.

    Example: `trustnet load --policy wendeng examples/school/*.csv`
    """
    rosters = RosterTerms(of=of, since=holds_since, complete=complete)
    run = partial(_run, filer=filer, approver=approver, freight=freight, rosters=rosters)
    reading = partial(load_files, files=files or [], run=run, faults=faults, form=form)
    settings = with_store(Settings.read(), store, today)
    if _is_new(settings, store):
        # No store is made, and no policy adopted, which cannot be taken back, before the files are found sound.
        _rehearse(reading, policy, since, settings.today, quiet=not check)
        if check:
            return
    with service(store, create=True, today=today) as opened:
        if policy is not None and not check:
            adopt_policy(opened, policy, since)
        reading(opened, check=check)


def _is_new(settings: Settings, store: str | None) -> bool:
    """Tell whether there is no store yet, or nothing in it."""
    if not is_there(settings.store):
        return True
    with service(store) as opened, opened.reading() as reading:
        return not reading.editions() and not reading.subjects(kinds=(), after=None, limit=1)


def _rehearse(
    reading: Callable[..., None], policy: Path | None, since: date | None, today: date | None, *, quiet: bool
) -> None:
    """Check files, against a policy that is not adopted yet, on a store that is thrown away."""
    with TemporaryDirectory(prefix="trustnet-") as scratch:
        opened = open_service(Settings(store=f"sqlite:///{scratch}/rehearsal.db", today=today), create=True)
        try:
            if policy is not None:
                adopt_policy(opened, policy, since, quiet=True)
            reading(opened, check=True, quiet=quiet)
        finally:
            opened.close()


def load_files(
    opened: TrustService,
    files: Sequence[Path],
    *,
    run: Run | None = None,
    check: bool = False,
    faults: Format = Format.TABLE,
    form: Format | None = None,
    quiet: bool = False,
) -> None:
    """Load files with a bar that moves; print what came of it, or every fault."""
    if not files:
        return
    told = console(stderr=True)
    tell_fault = _streaming(faults)
    try:
        with progress_bar(told) as progress:
            report = (run or _run)(opened, files, check=check, progress=progress, tell_fault=tell_fault)
    except (FilesFaulty, LoadCutShort) as faulty:
        if tell_fault is None:
            _print_faults(faulty)
        elif isinstance(faulty, LoadCutShort):
            for fault in faulty.found.faults:
                tell_fault(fault)
        print_refusal(faulty)
        raise typer.Exit(2) from None
    if quiet:
        return
    for each in report.told:
        say(f"{each.file}: {each.remark.sentence(language())} [{each.remark.code}]")
    if form is None:
        told.print(loaded_table(report))
    else:
        print_rows(KIND_COLUMNS, loaded_kinds(report), form)


def _run(opened: TrustService, files: Sequence[Path], *, check: bool, **terms: Any) -> LoadReport:  # noqa: ANN401
    """Check files, or load them, on the same terms."""
    return (check_files if check else load_checked)(opened, files, **terms)


def _print_faults(faulty: FilesFaulty | LoadCutShort) -> None:
    printed = console()
    printed.print(faults_table(faulty.found, language=language()))
    if faulty.found.more:
        printed.print(sorts_table(faulty.found, language=language()))


def _streaming(form: Format) -> TellFault | None:
    """Give what writes every fault to the standard output as it is found; a table is made when all are there."""
    if form is Format.TABLE:
        return None
    lines = {Format.JSONL: fault_as_json_line, Format.CSV: fault_as_csv_line}[form]
    waiting = [",".join(FAULT_COLUMNS)] if form is Format.CSV else []

    def tell(fault: Fault) -> None:
        while waiting:
            sys.stdout.write(f"{waiting.pop()}\n")
        sys.stdout.write(f"{lines(fault)}\n")

    return tell


def adopt_policy(opened: TrustService, folder: Path, since: date | None, *, quiet: bool = False) -> None:
    """Adopt the policy of a folder, unless its very texts are in force already."""
    path = policy_folder(folder)
    texts = dict(read_folder(path))
    parse_policy(path.name, texts)
    with opened.reading() as reading:
        editions = reading.editions()
        last = reading.entries(after=editions[-1].seq - 1, limit=1)[0] if editions else None
    if last is not None and last.asked["files"] == texts and since in {None, editions[-1].since}:
        return
    day = since or (opened.clock.today() if editions else FIRST_SINCE)
    opened.do(partial(adopt, name=path.name, files=texts, since=day, actor="operator"))
    if not quiet:
        say(f"adopted {path.name} from {day}")


def export(
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write to.", metavar="DIR")] = None,
    freight: Annotated[
        Freight | None, typer.Option("--freight", help="One kind only, to the standard output unless --to is given.")
    ] = None,
    store: StoreOption = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Open the vault: names, birth days, identifiers and notes.")
    ] = False,
    form: Annotated[
        str, typer.Option("--format", help="csv, jsonl, xlsx (one workbook), or parquet (a snapshot for replays).")
    ] = "csv",
) -> None:
    """Export what can be loaded again, or a snapshot for replays.

    Example: `trustnet export --to backup --format jsonl --with-names`
    """
    with service(store) as opened:
        if form == "parquet":
            _export_snapshot(opened, to or Path("snapshot"))
            return
        if form not in {*Form}:
            raise typer.BadParameter(f"{form} is none of csv, jsonl, xlsx, parquet", param_hint="--format")
        if freight is not None and form == Form.WORKBOOK:
            raise typer.BadParameter("a workbook holds all kinds; leave --freight out", param_hint="--freight")
        if freight is not None and to is None:
            sys.stdout.writelines(exported_lines(opened, freight, form=Form(form), with_names=with_names))
            return
        written = export_files(opened, to or Path("export"), form=Form(form), with_names=with_names)
        for kind, path in written.items():
            say(f"{kind}: {path}")


def _export_snapshot(opened: TrustService, folder: Path) -> None:
    from graph_service.replay import snapshot

    manifest = snapshot.write(opened.store, folder)
    say(f"snapshot of entry {manifest.seq}: {folder}")
