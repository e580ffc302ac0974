"""The types of the example in TypeScript: `.venv/bin/python -m tests.strangers.operations` writes them anew."""

from __future__ import annotations

from schema.export import sdl
from tests.serving import EXAMPLES
from tests.strangers import node

DOCUMENTS = EXAMPLES / "documents"
WRITTEN = EXAMPLES / "typescript" / "operations.ts"


def operations() -> str:
    """Let graphql-codegen write the types of the example's documents."""
    shown = {path.name: path.read_text("utf-8") for path in sorted(DOCUMENTS.glob("*.graphql"))}
    types: str = node.asked("codegen.mjs", given={"schema": sdl(), "documents": shown})["operations"]
    return types


if __name__ == "__main__":
    node.install()
    WRITTEN.write_text(operations(), "utf-8")
