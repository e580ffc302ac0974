"""The schema as other people's tools take it: nothing that was released breaks, and types come of it that compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schema.export import RELEASED, sdl
from tests.serving import EXAMPLES
from tests.strangers import node
from tests.strangers.operations import WRITTEN, operations

TYPESCRIPT = EXAMPLES / "typescript"
ROOT = EXAMPLES.parent
STRICT = ("--strict", "--noEmit", "--skipLibCheck", "--target", "es2024", "--module", "nodenext", "--types", "")

#: A change to the schema that would break somebody, and where.
BREAKING = [
    (r"  legalRepresentatives\(.*?\): PersonConnection!\n", "", "Enterprise.legalRepresentatives"),
    (r"  subject\(\n?.*?\): Subject\n", "  subject(ref: Int!): Subject\n", "Query.subject.ref"),
    (r"enum TieDirection \{.*?\}", "enum TieDirection { OUT }", "TieDirection.IN"),
    (r"union TieResult = TieDone \| Refusal", "union TieResult = TieDone", "TieResult"),
]


def documents() -> dict[str, str]:
    """List every document that is shown to anybody, by where it stands; each operation with a name of its own."""
    found = {path.name: path.read_text("utf-8") for path in (EXAMPLES / "documents").glob("*.graphql")}
    found |= {path.name: path.read_text("utf-8") for path in (ROOT / "schema" / "queries").glob("*.graphql")}
    for page in sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]):
        for number, block in enumerate(re.findall(r"^```graphql\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)):
            own = "".join(word.title() for word in re.split(r"\W+", page.stem)) + str(number)
            named = re.sub(r"\A\{", "query {", block)
            found[f"{page.name}:{number}"] = re.sub(r"\A(query|mutation|subscription)\b *\w*", rf"\1 {own}", named)
    return found


def test_nothing_that_was_released_breaks(tools: None) -> None:
    changes = node.asked("inspect.mjs", given={"before": RELEASED.read_text("utf-8"), "after": sdl()})

    assert [change for change in changes if change["criticality"] == "BREAKING"] == [], (
        "keep the field and deprecate it; or, for a version that may break clients, say so in CHANGELOG.md and write "
        "the promise anew: python -m schema.export released"
    )


@pytest.mark.parametrize(("found", "put", "path"), BREAKING, ids=[path for *_, path in BREAKING])
def test_what_would_break_clients_is_found(tools: None, found: str, put: str, path: str) -> None:
    before = RELEASED.read_text("utf-8")
    after = re.sub(found, put, before, count=1, flags=re.DOTALL)
    assert after != before

    changes = node.asked("inspect.mjs", given={"before": before, "after": after})

    assert path in {change["path"] for change in changes if change["criticality"] == "BREAKING"}


@pytest.mark.timeout(600)
def test_the_types_that_graphql_codegen_writes_compile(tools: None, tmp_path: Path) -> None:
    shown = documents()
    assert len(shown) > 8

    written = node.asked("codegen.mjs", given={"schema": sdl(), "documents": shown})

    for name, types in written.items():
        (tmp_path / f"{name}.ts").write_text(types, "utf-8")
    assert node.run(node.TSC, *STRICT, *sorted(tmp_path.glob("*.ts"))) == ""
    assert "export type Person = " in written["schema"]
    assert "export type WhyDoesMyGroupStandHereQuery = " in written["operations"]


def test_the_types_of_the_example_are_what_graphql_codegen_writes(tools: None) -> None:
    assert WRITTEN.read_text("utf-8") == operations(), "run .venv/bin/python -m tests.strangers.operations"


@pytest.mark.timeout(600)
def test_the_example_in_typescript_compiles(tools: None) -> None:
    assert node.run(node.TSC, "-p", TYPESCRIPT, "--typeRoots", node.HERE / "node_modules" / "@types") == ""
