"""The example school, and a real server on the loopback address."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from starlette.applications import Starlette

from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from graph_service.web.server import Server, listening_on
from loaders import load
from tests.doubles import HandClock

EXAMPLES = Path(__file__).parents[1] / "examples"
SCHOOL = EXAMPLES / "school"


def example_school(path: Path) -> TrustService:
    """Load the example school into a new store, on the last day of its term."""
    service = TrustService(SQLiteStore(path), open_vault("sqlite://", clock=lambda: 0), HandClock(date(2026, 7, 3)))
    files = read_folder(edition_folder("wendeng"))
    service.do(lambda desk: adopt(desk, name="wendeng", files=files, since=date(2026, 2, 1), actor="office"))
    load(service, sorted([*SCHOOL.glob("*.csv"), *SCHOOL.glob("*.jsonl")]), filer="import", approver="import-approver")
    return service


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application on a free port; give its address."""
    with listening_on("127.0.0.1", 0) as listening:
        server = Server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
