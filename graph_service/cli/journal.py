"""Commands on the journal: tick, verify and checkpoint."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from graph_service.actions.sweep import sweep
from graph_service.cli.options import FormatOption, StoreOption, TodayOption, service
from graph_service.cli.printing import Format, language, print_rows, say
from graph_service.errors import CheckpointsMissing
from graph_service.lookups.findings import Verification
from graph_service.lookups.verify import verify as verify_store
from graph_service.model.checkpoints import Checkpoint, read_checkpoint, read_verifier
from graph_service.service import TrustService
from graph_service.settings import Settings
from graph_service.wiring import checkpoint_folder, open_store


def tick(store: StoreOption = None, today: TodayOption = None) -> None:
    """Work off every day that is due: notices that are over, validities, clocks of contests, new editions.

    Example: `trustnet tick`
    """
    with service(store, today=today) as opened:
        say(f"worked off up to {opened.tick()}")


def verify(
    store: StoreOption = None,
    checkpoints: Annotated[
        Path | None,
        typer.Option("--checkpoints", help="Folder of signed checkpoints.", envvar="TRUSTNET_CHECKPOINTS"),
    ] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Verify the journal's chain, rebuild every view from it and compare; exit with 1 where something is wrong.

    Where all is well, the vault is swept of those whom a crash kept out of the journal.

    Example: `trustnet verify --store sqlite:///school.db --checkpoints checkpoints/`
    """
    with service(store) as opened:
        found = _verify(opened, checkpoints)
        if not found.findings:
            with opened.reading() as reading:
                swept = sweep(reading, opened.vault)
    for view, count in sorted(found.compared.items()):
        say(f"{count:>12,} {view}")
    rows = [(each.view, each.key, str(each.kind), each.sentence(language())) for each in found.findings]
    if rows:
        print_rows(("view", "key", "code", "finding"), rows, form)
        say(f"findings: {len(rows) + found.more}; the journal's head is {found.seq} {found.hash.hex()}")
        raise typer.Exit(1)
    say(f"verified: {found.seq} entries, head {found.hash.hex()}")
    if swept:
        say(f"swept from the vault: {swept} whom the journal never came to know")
    if checkpoints is None:
        say("No checkpoints were given: a cut tail or a journal rewritten as a whole would not be noticed.")


def _verify(opened: TrustService, checkpoints: Path | None) -> Verification:
    held = _read(checkpoints) if checkpoints else []
    with (
        TemporaryDirectory(prefix="trustnet-") as scratch,
        Progress(console=Console(stderr=True), transient=True) as progress,
        opened.reading() as reading,
    ):
        fresh = open_store(f"sqlite:///{scratch}/rebuilt.db", create=True)
        bars: dict[str, int] = {}

        def tell(doing: str, done: int, of: int | None) -> None:
            if doing not in bars:
                bars[doing] = progress.add_task(doing, total=of)
            progress.update(bars[doing], completed=done, total=of)  # type: ignore[arg-type]

        try:
            return verify_store(reading, fresh, checkpoints=held, progress=tell)
        finally:
            fresh.close()


def _read(folder: Path) -> list[Checkpoint]:
    notes = sorted(folder.glob("*.checkpoint"))
    if not notes or not (folder / "verifier.txt").exists():
        raise CheckpointsMissing()
    verifier = read_verifier((folder / "verifier.txt").read_text("utf-8"))
    return [read_checkpoint(note.read_text("utf-8"), verifier) for note in notes]


def checkpoint(store: StoreOption = None) -> None:
    """Sign where the journal ends, into the folder of TRUSTNET_CHECKPOINTS, which should not be where the store is.

    Example: `TRUSTNET_CHECKPOINTS=/mnt/witness trustnet checkpoint`
    """
    folder = checkpoint_folder(Settings.read())
    with service(store) as opened, opened.reading() as reading:
        say(f"signed {folder.write(reading.head())}")
