"""The page to try GraphQL works in a browser that can reach nothing but this service."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect, sync_playwright

from graph_service.actions.decide import approve
from graph_service.actions.desk import Desk
from graph_service.actions.file_record import file_record
from graph_service.service import TrustService
from graph_service.web.app import create_app
from schema.examples import examples
from tests.serving import example_school, served

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

#: A subscription, and what is answered to it when somebody hands back a purse.
FOLLOWING = """
subscription {
  standings(subjects: ["p-01"], scheme: "school") {
    seq
    standings { subject { name } score gradeTitle { en zh } }
  }
}
"""


@pytest.fixture
def school(tmp_path: Path) -> Iterator[TrustService]:
    service = example_school(tmp_path / "trustnet.db")
    yield service
    service.close()


@pytest.fixture
def address(school: TrustService) -> Iterator[str]:
    with served(create_app(school)) as address:
        yield address


def fill(page: Page, query: str) -> None:
    """Write a query into the tab that is open."""
    write = "query => document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue(query)"
    page.evaluate(write, query)


def hand_back_purse(desk: Desk) -> None:
    file_record(
        desk,
        record="purse",
        subject="p-01",
        scheme="school",
        rule="returned-lost-property",
        happened_on=date(2026, 6, 30),
        filer="teacher",
    )
    approve(desk, record="purse", approver="head")


def run(page: Page, tab: int) -> None:
    page.locator(".graphiql-tab-button").nth(tab).click()
    page.wait_for_timeout(300)
    page.click(".graphiql-execute-button")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(500)
        page.screenshot(path=Path(PICTURES) / f"graphiql-{name}.png")


def test_the_queries_worth_trying_run_offline(address: str, school: TrustService) -> None:
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
        # In a tab of its own: the open one remembers which of its queries was asked last.
        page.click(".graphiql-tab-add")
        fill(page, FOLLOWING)
        page.wait_for_timeout(300)
        page.click(".graphiql-execute-button")
        expect(answered).to_contain_text('"1027.8"')
        school.do(hand_back_purse)
        expect(answered).to_contain_text('"1052.8"')
        picture(page, "following")
        page.click(".graphiql-execute-button")  # which stops it by now
        page.click("[aria-label='Show Documentation Explorer']")
        expect(page.locator(".graphiql-plugin")).to_contain_text("Query")
        picture(page, "docs")
        browser.close()

    assert tabs == len(examples())
    assert elsewhere == []
    assert [line for line in said if line.startswith("error")] == []
