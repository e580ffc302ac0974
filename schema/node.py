"""Nodes: whatever has a global id, as Relay wants it."""

from __future__ import annotations

from base64 import b64decode, b64encode

import strawberry


@strawberry.interface
class Node:
    """Whatever can be asked for again by its id alone."""

    @strawberry.field
    def id(self) -> strawberry.ID:
        """The global id: opaque, and unique among all nodes. Inputs take `ref`."""
        return global_id(type(self).__name__, self.own_ref())

    def own_ref(self) -> str:
        """Give the id that it has among its own kind."""
        raise TypeError(f"{type(self).__name__} does not say what it is called")


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
