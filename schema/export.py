"""Write the published schema: `python -m schema.export`; at a release, what clients may rely on: `... released`."""

from __future__ import annotations

import sys
from pathlib import Path

from graphql import build_client_schema, introspection_from_schema, print_schema

from schema.build import build_schema

#: The published SDL, which a test compares with the code.
PUBLISHED = Path(__file__).with_name("schema.graphql")

#: The SDL of the last release, without its descriptions: a test finds what would break whoever relies on it.
RELEASED = Path(__file__).with_name("released.graphql")


def sdl() -> str:
    """Give the schema as text."""
    return build_schema().as_str() + "\n"


def promise() -> str:
    """Give the schema with nothing but what programs rely on."""
    told = introspection_from_schema(build_schema()._schema, descriptions=False)
    return print_schema(build_client_schema(told)) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["released"]:
        RELEASED.write_text(promise(), "utf-8")
    else:
        PUBLISHED.write_text(sdl(), "utf-8")
