"""GraphQL over HTTP: bodies in, JSON out, and the page to try it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from graph_service.errors import Refusal
from graph_service.web.live import Live
from graph_service.web.streaming import MEDIA, Streamed
from schema.documents import Documents
from schema.examples import Example
from schema.refusals import BodyMalformed, ParametersMalformed
from schema.request import Answer, answer, failed, read_parameters, read_request
from schema.stream import stream

#: Bytes that a body may have.
BODY_MAX = 64 * 1024

#: Bytes that an address may have behind its question mark: what every proxy lets through.
QUERY_STRING_MAX = 8 * 1024

#: Seconds in which a body must have come.
BODY_WAIT = 10

STATIC = Path(__file__).with_name("static")

_JSON = "application/json"
_GRAPHQL = "application/graphql-response+json"

#: An answer that may be kept, by who asked alone, and asked for again before it is shown.
_KEPT = {"Cache-Control": "private, no-cache", "Vary": "Accept, X-Trustnet-Operator"}

#: Only what this service itself gives, in a page of its own.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src data:; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}


class _NotAnswered(Exception):
    """A request that HTTP itself refuses."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


async def graphql(request: Request) -> Response:
    """Answer with GraphQL, or with the page to try it where a browser opens the address."""
    wanted = request.headers.get("accept", "")
    if request.method != "POST" and "text/html" in wanted:
        return HTMLResponse(page(request.app.state.examples), headers=PAGE_HEADERS)
    try:
        media = answer_type(wanted)
        text = await _posted(request) if request.method == "POST" else _parameters(request)
    except _NotAnswered as no:
        return _refused(no)
    except ClientDisconnect:
        # Nobody is there to read it.
        return Response(status_code=400)
    return await _answered(request, text, media)


async def _answered(request: Request, text: bytes | str, media: str) -> Response:
    """Answer what was posted, or what an address asks."""
    documents: Documents = request.app.state.documents
    try:
        asked = read_request(text, documents) if isinstance(text, bytes) else read_parameters(text, documents)
    except Refusal as refusal:
        malformed = isinstance(refusal, BodyMalformed | ParametersMalformed)
        media = _JSON if media == MEDIA else media
        return _response(failed(refusal), 400 if malformed else _status(media, executed=False), media)
    if media == MEDIA:
        live: Live = request.app.state.live
        return Streamed(live, stream(live.follower, asked, request.headers))
    known = tags(request.headers.get("if-none-match", ""))
    answered = await answer(request.app.state.service, asked, request.headers, known)
    if answered.method_unfit:
        return _response(answered, 405, media, {"Allow": "POST"})
    if answered.tag is None:
        return _response(answered, _status(media, executed=answered.executed), media)
    kept = {"ETag": f'W/"{answered.tag}"', **_KEPT}
    return Response(status_code=304, headers=kept) if answered.unchanged else _response(answered, 200, media, kept)


def _status(media: str, *, executed: bool) -> int:
    # Who reads application/json may be an old proxy or client that looks no further at anything but 200.
    return 200 if executed or media == _JSON else 400


async def _posted(request: Request) -> bytes:
    _check_body_type(request.headers.get("content-type", ""))
    return await _body(request)


def _parameters(request: Request) -> str:
    if len(request.url.query) > QUERY_STRING_MAX:
        message = f"The parameters of an address are at most {QUERY_STRING_MAX} bytes. Ask with POST."
        raise _NotAnswered(414, "limit_exceeded", message)
    return request.url.query


def answer_type(accept: str) -> str:
    """Choose the media type of the answer: the one that is wanted most, then the one named first.

    >>> answer_type("application/graphql-response+json; charset=utf-8, application/json;q=0.9")
    'application/graphql-response+json'
    """
    wanted: list[tuple[float, str]] = []
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        type_, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if type_ in {_JSON, _GRAPHQL, MEDIA, "*/*", "application/*"}:
            wanted.append((_quality(parameters), type_ if type_ in {_GRAPHQL, MEDIA} else _JSON))
    best = max((quality for quality, _ in wanted), default=0.0)
    if best <= 0:
        raise _NotAnswered(406, "accept_unfit", f"Accept {_GRAPHQL}, {_JSON} or {MEDIA}.")
    return next(type_ for quality, type_ in wanted if quality == best)


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def _check_body_type(content_type: str) -> None:
    # A page of a stranger's cannot send JSON here without asking first, and nobody answers that.
    type_, *parameters = (piece.strip().lower() for piece in content_type.split(";"))
    charsets = [parameter.partition("=")[2].strip(' "') for parameter in parameters if parameter.startswith("charset")]
    if type_ != _JSON or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise _NotAnswered(415, "content_type_unfit", f"Send {_JSON} in UTF-8.")


async def _body(request: Request) -> bytes:
    too_large = _NotAnswered(413, "limit_exceeded", f"The body is at most {BODY_MAX} bytes. Send less at a time.")
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > BODY_MAX:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WAIT):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_MAX:
                    raise too_large
    except TimeoutError:
        raise _NotAnswered(408, "body_late", f"The body did not come within {BODY_WAIT} seconds.") from None
    return bytes(body)


def tags(known: str) -> frozenset[str]:
    """Read the tags of a header `If-None-Match`.

    >>> sorted(tags('W/"a1", "b2"'))
    ['a1', 'b2']
    """
    return frozenset(part.strip().removeprefix("W/").strip('"') for part in known.split(","))


def _response(answered: Answer, status: int, media: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    told = {"Content-Type": f"{media}; charset=utf-8", "Cache-Control": "no-store", **headers}
    return Response(orjson.dumps(answered.body), status_code=status, headers=told)


def _refused(no: _NotAnswered) -> Response:
    body = {"errors": [{"message": no.message, "extensions": {"code": no.code}}]}
    return Response(orjson.dumps(body), status_code=no.status, media_type=_JSON, headers=no.headers)


def page(examples: tuple[Example, ...]) -> str:
    """Give the page to try it, with queries worth trying in its tabs."""
    tabs = [{"query": example.query, "variables": example.variables} for example in examples]
    # A closing tag in a text would end the script that holds it.
    written = json.dumps(tabs, ensure_ascii=False).replace("<", "\\u003c")
    return STATIC.joinpath("graphiql.html").read_text("utf-8").replace("/*DEFAULT_TABS*/[]", written)
