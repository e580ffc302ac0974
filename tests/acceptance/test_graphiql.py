"""The page to try GraphQL works in a browser that can reach nothing but this service."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, Request, Route, expect, sync_playwright

from graph_service.actions.adopt import adopt
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.service import TrustService
from graph_service.stores.sqlite.store import SQLiteStore
from graph_service.vault import open_vault
from graph_service.web.app import create_app
from loaders import load
from schema.examples import examples
from tests.doubles import HandClock

SCHOOL = Path(__file__).parents[2] / "examples" / "school"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Where pictures go, for whoever wants to look: TRUSTNET_PICTURES=/tmp pytest tests/acceptance/test_graphiql.py
PICTURES = os.environ.get("TRUSTNET_PICTURES")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    store = SQLiteStore(tmp_path / "trustnet.db")
    service = TrustService(store, open_vault("sqlite://", clock=lambda: 0), HandClock(date(2026, 7, 3)))
    files = read_folder(edition_folder("wendeng"))
    service.do(lambda desk: adopt(desk, name="wendeng", files=files, since=date(2026, 2, 1), actor="office"))
    load(service, sorted([*SCHOOL.glob("*.csv"), *SCHOOL.glob("*.jsonl")]), filer="import", approver="import-approver")
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(service), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()
    service.close()


def run(page: Page, tab: int) -> None:
    page.locator(".graphiql-tab-button").nth(tab).click()
    page.wait_for_timeout(300)
    page.click(".graphiql-execute-button")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(500)
        page.screenshot(path=Path(PICTURES) / f"graphiql-{name}.png")


def test_the_queries_worth_trying_run_offline(address: str) -> None:
    elsewhere: list[str] = []
    said: list[str] = []

    def guard(route: Route, request: Request) -> None:
        if request.url.startswith((f"{address}/", "data:")):
            route.continue_()
        else:
            elsewhere.append(request.url)
            route.abort()

    executable = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.route("**/*", guard)
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda fault: said.append(f"error: {fault}"))
        page.goto(f"{address}/graphql")
        page.wait_for_selector(".graphiql-execute-button")
        answered = page.locator(".result-window")

        tabs = page.locator(".graphiql-tab").count()
        run(page, 0)
        expect(answered).to_contain_text("春晖小组")
        picture(page, "why")
        run(page, 1)
        expect(answered).to_contain_text("林书瑶")
        picture(page, "find")
        run(page, 2)
        expect(answered).to_contain_text('"points": "25"')
        picture(page, "preview")
        page.click("[aria-label='Show Documentation Explorer']")
        expect(page.locator(".graphiql-plugin")).to_contain_text("Query")
        picture(page, "docs")
        browser.close()

    assert tabs == len(examples())
    assert elsewhere == []
    assert [line for line in said if line.startswith("error")] == []
