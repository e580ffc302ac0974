"""Commands that move data in and out: load and export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from graph_service.actions.adopt import adopt
from graph_service.cli.options import PolicyOption, StoreOption, TodayOption, read_day, service
from graph_service.cli.policy import policy_folder
from graph_service.cli.printing import say
from graph_service.policy.folder import read_folder
from graph_service.policy.parse import parse_policy
from graph_service.service import TrustService

#: A first edition starts here unless something else is said: before everything that is loaded.
FIRST_SINCE = date(1970, 1, 1)


def adopt_policy(opened: TrustService, folder: Path, since: date | None) -> None:
    """Adopt the policy of a folder, unless its very texts are in force already."""
    path = policy_folder(folder)
    files = read_folder(path)
    parse_policy(path.name, files)
    with opened.reading() as reading:
        editions = reading.editions()
        entries = {edition.seq: reading.entries(after=edition.seq - 1, limit=1)[0] for edition in editions}
    if editions and entries[editions[-1].seq].asked["files"] == dict(files):
        return
    day = since or (FIRST_SINCE if not editions else None)
    if day is None:
        raise typer.BadParameter("another policy is adopted already: say with --since from when on this one holds")
    opened.do(partial(adopt, name=path.name, files=files, since=day, actor="operator"))
    say(f"adopted {path.name} from {day}")
