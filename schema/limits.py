"""Limits of a request: what is asked for too much of is refused before anything is executed, by the limit's name.

Documents are parsed, checked and validated once and then remembered by their text. What depends on variables is counted
at every request, in one walk: page sizes, depth, and the objects that the answer may have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    parse,
    specified_rules,
    validate,
)
from graphql.language import DirectiveNode, Visitor, visit
from graphql.type import GraphQLField, GraphQLInterfaceType, GraphQLList, GraphQLNonNull, GraphQLObjectType
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.execution import ExecutionContext

from graph_service.errors import LimitExceeded
from graph_service.errors import Refusal as KeptRefusal
from schema.paging import FIRST_MAX, MOST
from schema.refusals import PageSizeUnfit, request_refused

#: Of the document.
TOKENS_MAX = 1_000
OPERATIONS_MAX = 10
FIELDS_MAX = 400
ALIASES_MAX = 30
DIRECTIVES_MAX = 50
ROOT_FIELDS_MAX = 20

#: Of the operation that is executed.
DEPTH_MAX = 15
IDS_MAX = 100
#: The arguments that are lists of ids.
_IDS = frozenset({"ids", "subjects"})
#: Objects that the answer may have, as far as page sizes tell.
OBJECTS_MAX = 5_000

#: Errors of validation that are told.
ERRORS_TOLD = 5

#: What a list is taken to hold where nothing bounds it.
_LIST_LENGTH = 5

#: How deep fragments and fields together may nest.
_NESTING_MAX = 4 * DEPTH_MAX

_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class Limits(SchemaExtension):
    """Refuses what is too much."""

    def on_operation(self) -> Iterator[None]:
        """Bound the tokens of a document that is not remembered."""
        self.execution_context.parse_options["max_tokens"] = TOKENS_MAX
        yield

    def on_parse(self) -> Iterator[None]:
        """Use the document that is remembered, or remember it."""
        context = self.execution_context
        if context.query:
            try:
                context.graphql_document, self._errors = examined(context.schema._schema, context.query)
            except GraphQLError:
                # Strawberry finds the same and tells it.
                self._errors = []
        yield

    def on_validate(self) -> Iterator[None]:
        """Tell what was found when the document was read first, and count what the operation asks for.

        Here and not when it is executed: a subscription would be begun all the same.
        """
        context = self.execution_context
        context.pre_execution_errors = self._errors or _ambiguous(context) or _too_much(context)
        yield


@lru_cache(maxsize=256)
def examined(schema: GraphQLSchema, query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """Parse, check and validate a document, or remember what was found.

    Raises:
        GraphQLError: It cannot be parsed.
    """
    document = parse(query, max_tokens=TOKENS_MAX)
    try:
        check_document(document)
    except KeptRefusal as refusal:
        return document, [request_refused(refusal)]
    return document, validate(schema, document, _RULES, max_errors=ERRORS_TOLD)


def _ambiguous(context: ExecutionContext) -> list[GraphQLError]:
    """Refuse to choose: Strawberry would take the first of several operations."""
    assert context.graphql_document is not None
    operations = [node for node in context.graphql_document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > 1 and context._provided_operation_name is None:
        return [GraphQLError("Must provide operation name if query contains multiple operations.")]
    return []


def _too_much(context: ExecutionContext) -> list[GraphQLError]:
    assert context.graphql_document is not None
    try:
        check_operation(
            context.schema._schema, context.graphql_document, context.operation_name, context.variables or {}
        )
    except KeptRefusal as refusal:
        return [request_refused(refusal)]
    return []


def _at_most(limit: str, most: int, asked: int) -> None:
    if asked > most:
        raise LimitExceeded(limit=limit, most=most, asked=asked)


class _Counter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.fields = self.aliases = self.directives = 0

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.fields += 1
        self.aliases += node.alias is not None

    def enter_directive(self, _node: DirectiveNode, *_: object) -> None:
        self.directives += 1


def check_document(document: DocumentNode) -> None:
    """Refuse a document that would be slow to validate.

    Raises:
        LimitExceeded: The limit is named.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    _at_most("operations", OPERATIONS_MAX, len(operations))
    for operation in operations:
        _at_most("root fields", ROOT_FIELDS_MAX, len(operation.selection_set.selections))
    counter = _Counter()
    visit(document, counter)
    _at_most("fields", FIELDS_MAX, counter.fields)
    _at_most("aliases", ALIASES_MAX, counter.aliases)
    _at_most("directives", DIRECTIVES_MAX, counter.directives)


def check_operation(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, variables: Mapping[str, Any]
) -> None:
    """Refuse an operation that asks for too much at once.

    Raises:
        PageSizeUnfit: A page size is less than 1 or more than there may be.
        LimitExceeded: The limit is named.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name and node.name.value
            root = schema.get_root_type(node.operation)
            if name == operation_name and root is not None:
                walk = _Walk(schema, fragments, _values(node, variables))
                _at_most(
                    "objects",
                    OBJECTS_MAX,
                    walk.objects(node.selection_set, root, depth=1, nesting=1, page=_LIST_LENGTH),
                )


def _values(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the variables, with defaults as they stand in the document."""
    defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
    return {**defaults, **variables}


class _Walk:
    """Counts the objects of an answer, fragments once each."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], values: Mapping[str, Any]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._values = values
        #: By fragment, depth and page: the objects.
        self._counted: dict[tuple[str, int, int], int] = {}

    def objects(
        self,
        selected: SelectionSetNode,
        parent: GraphQLNamedType,
        *,
        depth: int,
        nesting: int,
        page: int = _LIST_LENGTH,
    ) -> int:
        """Count the objects under a parent, each list in a connection as long as its page."""
        _at_most("nesting", _NESTING_MAX, nesting)
        total = 0
        for node in selected.selections:
            if isinstance(node, FieldNode):
                total += self._field(node, parent, depth=depth, nesting=nesting, page=page)
            elif isinstance(node, InlineFragmentNode):
                on = parent if node.type_condition is None else self._schema.type_map[node.type_condition.name.value]
                total += self.objects(node.selection_set, on, depth=depth, nesting=nesting + 1, page=page)
            else:
                name = node.name.value  # type: ignore[attr-defined]
                total += self._fragment(name, depth=depth, nesting=nesting, page=page)
        return total

    def _fragment(self, name: str, *, depth: int, nesting: int, page: int) -> int:
        key = (name, depth, page)
        if key not in self._counted:
            fragment = self._fragments[name]
            on = self._schema.type_map[fragment.type_condition.name.value]
            self._counted[key] = self.objects(fragment.selection_set, on, depth=depth, nesting=nesting + 1, page=page)
        return self._counted[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType, *, depth: int, nesting: int, page: int) -> int:
        _at_most("depth", DEPTH_MAX, depth)
        if node.name.value.startswith("__") or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return 0
        field = parent.fields[node.name.value]
        asked = self._page(node, field)
        type_ = get_named_type(field.type)
        if is_leaf_type(type_) or node.selection_set is None:
            return 0
        times = (page if asked is None else asked) if _is_list(field) else 1
        inner = self.objects(
            node.selection_set, type_, depth=depth + 1, nesting=nesting + 1, page=asked or _LIST_LENGTH
        )
        return times * (1 + inner)

    def _page(self, node: FieldNode, field: GraphQLField) -> int | None:
        """Give how much is asked for: by page size or by ids; None where the field takes neither."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for ids in _IDS & field.args.keys():
            length = _length(self._value(given.get(ids)))
            _at_most(ids, IDS_MAX, length)
            return length
        if "first" not in field.args:
            return None
        argument = field.args["first"]
        first = _whole(self._value(given.get("first")))
        if first is None:
            first = int(argument.default_value)
        most = argument.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata.get(MOST, FIRST_MAX)
        if not 1 <= first <= most:
            raise PageSizeUnfit(most=most, asked=first, field="first")
        return first

    def _value(self, node: ValueNode | None) -> object:
        return self._values.get(node.name.value) if isinstance(node, VariableNode) else node


def _is_list(field: GraphQLField) -> bool:
    type_ = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return isinstance(type_, GraphQLList)


def _whole(value: object) -> int | None:
    if isinstance(value, IntValueNode):
        return int(value.value)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None


def _length(value: object) -> int:
    if isinstance(value, ListValueNode):
        return len(value.values)
    return len(value) if isinstance(value, list) else 1
