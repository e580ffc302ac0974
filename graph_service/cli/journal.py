"""Commands on the journal: tick, verify and checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from graph_service.actions.sweep import sweep
from graph_service.cli.options import FormatOption, StoreOption, TodayOption, service
from graph_service.cli.printing import Format, language, print_rows, progress_bars, say
from graph_service.errors import CheckpointsMissing
from graph_service.lookups.findings import Verification
from graph_service.lookups.verify import verify as verify_store
from graph_service.model.checkpoints import Checkpoint, read_checkpoint, read_verifier
from graph_service.ports.store import Store
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
        found = verified(opened.store, _read(checkpoints) if checkpoints else [])
        if not found.findings:
            with opened.reading() as reading:
                swept = sweep(reading, opened.vault)
    print_verification(found, form)
    if swept:
        say(f"swept from the vault: {swept} whom the journal never came to know")
    if checkpoints is None:
        say("No checkpoints were given: a cut tail or a journal rewritten as a whole would not be noticed.")


def verified(store: Store, checkpoints: Sequence[Checkpoint] = ()) -> Verification:
    """Verify a store with a bar that moves, in a place that is thrown away."""
    # The engine takes a while to load: only who verifies waits for it.
    from graph_service.replay.audit import Replays

    with TemporaryDirectory(prefix="trustnet-") as scratch, progress_bars() as progress, store.reading() as reading:
        fresh = open_store(f"sqlite:///{scratch}/rebuilt.db", create=True)
        try:
            return verify_store(reading, fresh, checkpoints=checkpoints, replays=Replays(store), progress=progress)
        finally:
            fresh.close()


def print_verification(found: Verification, form: Format = Format.TABLE) -> None:
    """Print what was compared and what was found.

    Raises:
        typer.Exit: Something is wrong: the program ends with 1.
    """
    for view, count in sorted(found.compared.items()):
        say(f"{count:>12,} {view}")
    rows = [(each.view, each.key, str(each.kind), each.sentence(language())) for each in found.findings]
    if rows:
        print_rows(("view", "key", "code", "finding"), rows, form)
        say(f"findings: {len(rows) + found.more}; the journal's head is {found.seq} {found.hash.hex()}")
        raise typer.Exit(1)
    say(f"verified: {found.seq} entries, head {found.hash.hex()}")


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
