"""Write the published schema: `python -m schema.export`."""

from __future__ import annotations

from pathlib import Path

from schema.build import build_schema

#: The published SDL, which a test compares with the code.
PUBLISHED = Path(__file__).with_name("schema.graphql")


def sdl() -> str:
    """Give the schema as text."""
    return build_schema().as_str() + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(sdl(), "utf-8")
