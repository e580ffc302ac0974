"""The published schema is the code's, and everything in it is described."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from graph_service.model.subjects import SubjectKind
from schema.export import PUBLISHED, sdl


def parts() -> Iterator[tuple[str, str | None]]:
    for type_ in build_schema(sdl()).type_map.values():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        yield type_.name, type_.description
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                yield f"{type_.name}.{name}", field.description
                for argument_name, argument in field.args.items():
                    yield f"{type_.name}.{name}({argument_name}:)", argument.description
        if isinstance(type_, GraphQLInputObjectType):
            for name, taken in type_.fields.items():
                yield f"{type_.name}.{name}", taken.description


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text("utf-8") == sdl(), "run make sdl"


def test_everything_is_described() -> None:
    assert [name for name, description in parts() if not description] == []


def test_descriptions_are_sentences_without_our_sections() -> None:
    told = [text for _, text in parts() if text]

    assert not [text for text in told if "Args:" in text or "Raises:" in text or "Strawberry" in text]
    assert not [text for text in told if text != text.strip()]


def test_every_kind_of_subject_has_its_type() -> None:
    schema = build_schema(sdl())
    subject = schema.type_map["Subject"]
    kinds = schema.type_map["SubjectKind"]
    assert isinstance(subject, GraphQLInterfaceType)
    assert isinstance(kinds, GraphQLEnumType)

    types = {type_.name for type_ in schema.get_possible_types(subject)}

    assert types == {"".join(word.title() for word in kind.split("_")) for kind in SubjectKind}
    assert list(kinds.values) == [kind.name for kind in SubjectKind]


def test_mutations_take_one_input_and_answer_a_union_with_refusal() -> None:
    schema = build_schema(sdl())
    assert schema.mutation_type is not None

    for name, field in schema.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        members = str(field.type).rstrip("!")
        union = schema.type_map[members]
        assert "Refusal" in {type_.name for type_ in union.types}, name  # type: ignore[attr-defined]
    assert len(schema.mutation_type.fields) == 19
