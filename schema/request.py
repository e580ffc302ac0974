"""Requests: from the body that came to the answer that goes, with nothing in it that the caller should not see."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph_service.errors import Refusal as KeptRefusal
from graph_service.errors import StoreRefusal
from graph_service.service import TrustService
from schema.build import build_schema
from schema.context import Context, operator_of
from schema.documents import ID, Documents, DocumentUnknown
from schema.refusals import BodyMalformed, MethodUnfit, ParametersMalformed, StreamNeeded, request_refused

_LOG = logging.getLogger("trustnet.graphql")

#: How deep a body may nest: variables of ours need a handful.
NESTING_MAX = 32

#: How many parameters an address may have: there are five that mean something.
PARAMETERS_MAX = 20

#: What Apollo's and urql's clients call what they send in the place of a text.
_PERSISTED = "persistedQuery"

#: Without a folder of documents, every text is answered.
ANY = Documents()

Malformed = type[BodyMalformed] | type[ParametersMalformed]

_ASKING = frozenset({OperationType.QUERY})
_CHANGING = _ASKING | {OperationType.MUTATION}

#: The code of an error that we did not expect. The log has the rest, under the error's id.
INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked. None of it shows in a `repr`, so that none of it reaches a log."""

    query: str = field(repr=False)
    variables: Mapping[str, Any] = field(default_factory=dict, repr=False)
    operation_name: str | None = None
    #: Whether it may change something: what came by GET may not.
    may_change: bool = True
    #: Whether the query is a trusted document.
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered."""

    body: Mapping[str, Any]
    #: Whether anything was executed: if not, the request itself was at fault.
    executed: bool
    #: Whether it was for what it asks that the method does not do.
    method_unfit: bool = False
    #: What changes whenever the answer may; None where the answer is not to be kept.
    tag: str | None = None
    #: Whether the caller has this answer already: then there is no body.
    unchanged: bool = False
    #: Of a subscription: the position up to which it has told everything.
    followed: int | None = None


def read_request(body: bytes, documents: Documents = ANY) -> Request:
    """Read a request from its body.

    Args:
        body: What was posted.
        documents: Those that may be asked for by id.

    Raises:
        BodyMalformed: It is none; the reason says why.
        DocumentUnknown, DocumentDiffers, DocumentUntrusted: The document is not to be had, or not to be answered.
    """
    try:
        return request_of(orjson.loads(body), documents)
    except orjson.JSONDecodeError:
        raise BodyMalformed(reason="it is not JSON in UTF-8") from None


def request_of(read: object, documents: Documents = ANY) -> Request:
    """Make a request of JSON that was read.

    Raises:
        BodyMalformed: It is none; the reason says why.
        DocumentUnknown, DocumentDiffers, DocumentUntrusted: The document is not to be had, or not to be answered.
    """
    if not isinstance(read, dict):
        raise BodyMalformed(reason="it is not a JSON object")
    return _request(read, BodyMalformed, documents)


def read_parameters(text: str, documents: Documents = ANY) -> Request:
    """Read a request from the parameters of an address, as GET brings them: it may only ask.

    Args:
        text: What stands behind the question mark.
        documents: Those that may be asked for by id.

    Raises:
        ParametersMalformed: They are none of a request; the reason says why.
        DocumentUnknown, DocumentDiffers, DocumentUntrusted: The document is not to be had, or not to be answered.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise ParametersMalformed(reason=f"they are not at most {PARAMETERS_MAX} texts in UTF-8") from None
    read: dict[str, Any] = dict(pairs)
    if len(read) < len(pairs):
        raise ParametersMalformed(reason="one of them stands there twice")
    for key in ("variables", "extensions"):
        if read.get(key):
            try:
                read[key] = orjson.loads(read[key])
            except orjson.JSONDecodeError:
                raise ParametersMalformed(reason=f"{key} is not JSON", field=key) from None
        else:
            read.pop(key, None)
    return replace(_request(read, ParametersMalformed, documents), may_change=False)


def _request(read: Mapping[str, Any], malformed: Malformed, documents: Documents) -> Request:
    if _nests_deeper(read, NESTING_MAX):
        raise malformed(reason=f"it nests deeper than {NESTING_MAX} levels")
    query, name = read.get("query"), read.get("operationName")
    if name is not None and not isinstance(name, str):
        raise malformed(reason="operationName is not a text", field="operationName")
    for key in ("variables", "extensions"):
        if not isinstance(read.get(key), dict | None):
            raise malformed(reason=f"{key} is not an object", field=key)
    id_ = _document_id(read, malformed)
    if query is None and id_ is not None:
        query, trusted = _found(read, id_, documents), True
    elif isinstance(query, str) and query.strip():
        trusted = documents.check(query, id_)
    else:
        raise malformed(reason="query is not a text", field="query")
    return Request(query=query, variables=read.get("variables") or {}, operation_name=name or None, trusted=trusted)


def _document_id(read: Mapping[str, Any], malformed: Malformed) -> str | None:
    """Find the id of the document: `documentId` as the draft has it, or the hash as Apollo and urql send it."""
    given = read.get("documentId")
    if given is None and (persisted := (read.get("extensions") or {}).get(_PERSISTED)) is not None:
        given = persisted.get("sha256Hash") if isinstance(persisted, dict) and persisted.get("version") == 1 else 0
    if given is not None and not (isinstance(given, str) and ID.fullmatch(given)):
        raise malformed(reason="the document's id is none", field="documentId")
    return given


def _found(read: Mapping[str, Any], id_: str, documents: Documents) -> str:
    try:
        return documents.text_of(id_)
    except DocumentUnknown as unknown:
        # Clients that send hashes read these words, and send the text itself: where that would be answered.
        if "documentId" not in read and not documents.only:
            unknown.word = "PersistedQueryNotFound" if documents.texts else "PersistedQueryNotSupported"
        raise


def _nests_deeper(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels + 1):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


async def answer(
    service: TrustService, request: Request, headers: Mapping[str, str], known: Collection[str] = ()
) -> Answer:
    """Execute a request at one moment of the store.

    Args:
        service: Whom to ask.
        request: What is asked.
        headers: Of the HTTP request, with names in lower case.
        known: Tags of answers that the caller has.
    """
    context = Context(service, headers)
    try:
        tag = _tag(context, request) if request.trusted and not request.may_change else None
        if tag is not None and tag in known:
            return Answer(body={}, executed=True, tag=tag, unchanged=True)
        result = await build_schema().execute(
            request.query,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            context_value=context,
            allowed_operation_types=_CHANGING if request.may_change else _ASKING,
        )
    except CannotGetOperationTypeError as fault:
        return failed(GraphQLError(fault.as_http_error_reason()))
    except InvalidOperationTypeError as fault:
        if fault.operation_type is OperationType.MUTATION:
            return replace(failed(MethodUnfit()), method_unfit=True)
        return failed(StreamNeeded())
    finally:
        context.close()
    return answered(result, tag=tag)


def answered(result: ExecutionResult, *, tag: str | None = None, followed: int | None = None) -> Answer:
    """Give what came of executing an operation as it is answered."""
    errors = [shown_error(error) for error in result.errors or ()]
    if result.data is None and not any("path" in error for error in errors):
        return Answer(body={"errors": errors}, executed=False)
    body = {**({"errors": errors} if errors else {}), "data": result.data}
    return Answer(body=body, executed=True, tag=None if errors else tag, followed=followed)


def _tag(context: Context, request: Request) -> str | None:
    """Name the answer by all that it follows from; None where the store cannot say.

    The head's hash stands for the whole journal up to it. Nothing in an answer depends on a language: what has two is
    given in both.
    """
    try:
        head = context.reading.head().hash.hex()
        asker, today = operator_of(context), context.today.isoformat()
    except KeptRefusal:
        return None
    follows = [_edition(), request.query, request.operation_name, request.variables, asker, today, head]
    return sha256(orjson.dumps(follows, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


@cache
def _edition() -> str:
    """Name the program: another one may answer otherwise."""
    return f"{version('trustnet')} {sha256(build_schema().as_str().encode()).hexdigest()}"


def failed(error: GraphQLError | KeptRefusal) -> Answer:
    """Answer a request that cannot be executed."""
    shown = request_refused(error) if isinstance(error, KeptRefusal) else error
    if isinstance(error, DocumentUnknown) and error.word is not None:
        shown.message = error.word
    return Answer(body={"errors": [shown_error(shown)]}, executed=False)


def shown_error(error: GraphQLError) -> dict[str, Any]:
    """Give an error as the caller may see it: what is not ours or the document's is masked, and logged."""
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if isinstance(original, KeptRefusal) and not isinstance(original, StoreRefusal):
        error = GraphQLError(
            original.sentence("en"),
            nodes=error.nodes,
            path=error.path,
            extensions=request_refused(original).extensions,
        )
    elif "code" not in (error.extensions or {}) and (error.path or not isinstance(original, GraphQLError | None)):
        error = _masked(error, original)
    formatted: dict[str, Any] = dict(error.formatted)
    formatted.setdefault("extensions", {}).setdefault("code", "request_malformed")
    return formatted


def _masked(error: GraphQLError, original: Exception | None) -> GraphQLError:
    id_ = uuid4().hex
    frames = "".join(traceback.format_tb(original.__traceback__)) if original else ""
    # The frames alone: the text of an exception may hold what was asked for.
    _LOG.error("%s %s at %s: %s\n%s", INTERNAL_ERROR, id_, error.path, type(original).__name__, frames)
    code = original.code if isinstance(original, StoreRefusal) else INTERNAL_ERROR
    return GraphQLError(
        "Something went wrong on our side. Ask again with the same ids, and name this error's id if it goes on.",
        nodes=error.nodes,
        path=error.path,
        extensions={"code": code, "id": id_},
    )
