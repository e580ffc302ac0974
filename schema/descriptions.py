"""Descriptions: the docstrings of types and resolvers, so that each sentence is written once."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc

import strawberry
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
    is_input_object_type,
    is_interface_type,
    is_object_type,
)

_SECTION = re.compile(r"\n\n(?:Args|Raises|Returns):\n")
_ARGUMENT = re.compile(r"^    (\w+): (.+(?:\n {5,}.+)*)", re.MULTILINE)
_EXTENSION = "strawberry-definition"


def without_null_defaults(schema: strawberry.Schema) -> None:
    """Let what may be left out be left out: a default of null says nothing, and fills the published schema."""
    for type_ in schema._schema.type_map.values():
        if is_input_object_type(type_):
            taken = list(type_.fields.values())
        elif is_object_type(type_) or is_interface_type(type_):
            taken = [argument for field in type_.fields.values() for argument in field.args.values()]
        else:
            continue
        for each in taken:
            if each.default_value is None:
                each.default_value = Undefined


def describe(schema: strawberry.Schema) -> None:
    """Describe every type, field and argument that has no description yet by the docstring it comes from."""
    for type_ in schema._schema.type_map.values():
        definition = type_.extensions.get(_EXTENSION)
        composed = is_object_type(type_) or is_interface_type(type_)
        if definition is None or not (composed or is_input_object_type(type_)):
            continue
        if type_.description is None:
            type_.description = _connection(type_.name) or _sentence(definition.origin)
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            _describe_fields(type_)


def _describe_fields(type_: GraphQLObjectType | GraphQLInterfaceType) -> None:
    for field in type_.fields.values():
        definition = field.extensions.get(_EXTENSION)
        resolver = definition and definition.base_resolver
        if resolver and field.description is None:
            field.description = _sentence(resolver.wrapped_func)
        if resolver:
            _describe_arguments(field, resolver.wrapped_func)


def _describe_arguments(field: GraphQLField, resolver: Callable[..., object]) -> None:
    told = dict(_ARGUMENT.findall(cleandoc(resolver.__doc__ or "").partition("\nArgs:\n")[2]))
    for argument in field.args.values():
        definition = argument.extensions.get(_EXTENSION)
        text = told.get(definition.python_name) if definition else None
        if argument.description is None and text is not None:
            argument.description = " ".join(text.split())


def _sentence(origin: object) -> str | None:
    text = cleandoc(origin.__doc__ or "")
    return _SECTION.split(f"{text}\n")[0].strip() or None


def _several(noun: str) -> str:
    """Give a noun's plural.

    >>> [_several(noun) for noun in ("Tie", "Branch", "Family", "SchoolClass")]
    ['Ties', 'Branches', 'Families', 'SchoolClasses']
    """
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("ch", "s")) else f"{noun}s"


def _connection(name: str) -> str | None:
    for ending, text in (("Connection", "A page of {} in order of a key."), ("Edge", "One {} at its place.")):
        if name.endswith(ending) and name != ending:
            return text.format(
                _several(name.removesuffix(ending)) if ending == "Connection" else name.removesuffix(ending)
            )
    return None
