"""Refusals in GraphQL: part of an answer where a domain rule says no, an error where the request itself is wrong."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.utils.str_converters import to_camel_case

from graph_service.errors import Refusal as KeptRefusal
from graph_service.errors import StoreRefusal


class CursorMalformed(KeptRefusal):
    """The cursor is not one that this connection gave."""

    code = "cursor_malformed"
    en = "The {field} is not a cursor of this connection. Give an endCursor of it unchanged, or leave it out."
    zh = "{field} 不是此列表给出的游标。请原样使用它的 endCursor，或不填写。"


class PageSizeUnfit(KeptRefusal):
    """A page holds at least one thing, and not more than there is time for."""

    code = "page_size_unfit"
    en = "{field} is 1 to {most}; {asked} was asked for. Ask for so many; where there is more, go on with after."
    zh = "{field} 须为 1 至 {most}，请求的是 {asked}。请按此数量请求；如有更多，再用 after 继续。"


class BodyMalformed(KeptRefusal):
    """The body of the request is not one that GraphQL over HTTP knows."""

    code = "body_malformed"
    en = "The body is no GraphQL request: {reason}. Send a JSON object with query, and variables where it takes any."
    zh = "请求内容不是 GraphQL 请求：{reason}。请发送含 query（及所需 variables）的 JSON 对象。"


class ParametersMalformed(KeptRefusal):
    """The parameters of the address are not those that GraphQL over HTTP knows."""

    code = "parameters_malformed"
    en = "The address asks nothing: {reason}. Give query, and variables as JSON where it takes any; or ask with POST."
    zh = "网址中没有可用的 GraphQL 请求：{reason}。请给出 query（及 JSON 形式的 variables），或改用 POST。"


class MethodUnfit(KeptRefusal):
    """What changes something is asked for by POST: an address may be asked again by whoever comes by it."""

    code = "method_unfit"
    en = "GET answers queries only. Send mutations with POST."
    zh = "GET 只用于查询。变更请用 POST 发送。"


class StreamNeeded(KeptRefusal):
    """A subscription has many answers, and was asked where there is one."""

    code = "stream_needed"
    en = (
        "A subscription has many answers. Ask it over a WebSocket (graphql-transport-ws), or by a POST that accepts "
        "text/event-stream."
    )
    zh = "订阅会有多次应答。请通过 WebSocket（graphql-transport-ws）请求，或以接受 text/event-stream 的 POST 请求。"


@strawberry.type
class RefusalParameter:
    """One value that a refusal's sentence was made with."""

    name: str = strawberry.field(description="Which value: `subject`, `limit`, ...")
    value: str = strawberry.field(description="The value as text.")


@strawberry.type
class Refusal:
    """An expected no: nothing was done, nothing is half done, and the message says what to do next."""

    code: str = strawberry.field(description="Stable for ever; what programs compare.")
    message: str = strawberry.field(description="The sentence in English.")
    message_zh: str = strawberry.field(description="The sentence in Chinese.")
    field: str | None = strawberry.field(description="The field or argument to change, where there is one.")
    parameters: list[RefusalParameter] = strawberry.field(description="The values in the sentence, in order of name.")
    docs: str = strawberry.field(description="Where the documentation says more: a page and its heading.")


def refused(refusal: KeptRefusal, **names: str) -> Refusal:
    """Give a refusal as it is answered; raise it where it is the store that failed, which is no answer to a question.

    Args:
        refusal: What was refused.
        names: What the input calls a field that the domain calls otherwise.
    """
    if isinstance(refusal, StoreRefusal):
        raise refusal
    parameters = sorted(refusal.parameters.items())
    return Refusal(
        code=refusal.code,
        message=refusal.sentence("en"),
        message_zh=refusal.sentence("zh"),
        field=_field(refusal, names),
        parameters=[RefusalParameter(name=name, value=str(value)) for name, value in parameters],
        docs=f"errors.md#{refusal.code}",
    )


def _field(refusal: KeptRefusal, names: dict[str, str]) -> str | None:
    if refusal.field is None:
        return None
    return to_camel_case(names.get(refusal.field, refusal.field))


def request_refused(refusal: KeptRefusal) -> GraphQLError:
    """Give a refusal of the whole request as an error, with the same code and parameters."""
    extensions = {
        "code": refusal.code,
        "messageZh": refusal.sentence("zh"),
        "field": _field(refusal, {}),
        "parameters": refusal.parameters,
        "docs": f"errors.md#{refusal.code}",
    }
    return GraphQLError(refusal.sentence("en"), extensions=extensions)
