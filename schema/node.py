"""Nodes: whatever has a global id, as Relay wants it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Protocol

import strawberry


class Kept(Protocol):
    """What the store keeps under an id."""

    @property
    def id(self) -> str:
        """Unique among its own kind."""
        ...


@strawberry.interface
class Node:
    """Whatever can be asked for again by its id alone."""

    held: strawberry.Private[Kept]

    @strawberry.field
    def id(self) -> strawberry.ID:
        """The global id: opaque, and unique among all nodes. Inputs take `ref`."""
        return global_id(type(self).__name__, self.held.id)

    @strawberry.field
    def ref(self) -> str:
        """The plain id that files, inputs and the command line use."""
        return self.held.id


def global_id(type_name: str, ref: str) -> strawberry.ID:
    """Give the global id of a node.

    >>> read_global_id(global_id("Person", "lin"))
    ('Person', 'lin')
    """
    return strawberry.ID(b64encode(f"{type_name}:{ref}".encode()).decode())


def read_global_id(value: str) -> tuple[str, str] | None:
    """Read a global id; None where it is none."""
    try:
        type_name, found, ref = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (type_name, ref) if found and global_id(type_name, ref) == value else None
