"""Whoever follows over the network: a few lines of each transport, so that everything that comes can be looked at."""

# ruff: noqa: ANN401 - messages are JSON

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from graph_service.web.websocket import PROTOCOL

JOURNAL = "subscription($after: Position) { journal(after: $after) { seq ref kind hash } }"
STANDINGS = """
subscription($subjects: [String!]!, $after: Position) {
  standings(subjects: $subjects, scheme: "school", after: $after) {
    seq standings { subject { ref } score knownAt }
  }
}
"""
FEED = """
subscription($group: String!, $after: Position) {
  feed(group: $group, after: $after) {
    seq entry { kind } happenings { kind subject { ref } on record { ref } tie { ref } }
  }
}
"""

#: Seconds after which something that does not come is missed.
WAIT = 10


class Subscriber:
    """One connection that speaks `graphql-transport-ws`."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        #: Whether it answers pings.
        self.answers = True
        self.pings = 0

    def say(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def begin(self, id_: str, query: str, **variables: Any) -> None:
        self.say(id=id_, type="subscribe", payload={"query": query, "variables": variables})

    def hear(self, wait: float = WAIT) -> Any:
        """Give the next message that is no ping."""
        while True:
            text = self.connection.recv(timeout=wait)
            assert isinstance(text, str), "messages are texts"
            message = json.loads(text)
            if message["type"] != "ping":
                return message
            self.pings += 1
            if self.answers:
                self.say(type="pong")

    def next(self, id_: str) -> Any:
        """Give the data of the next answer, which must be this operation's."""
        message = self.hear()
        assert (message["type"], message["id"]) == ("next", id_), message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    def error(self, id_: str) -> Any:
        """Give the first error with which an operation ended."""
        message = self.hear()
        assert (message["type"], message["id"]) == ("error", id_), message
        return message["payload"][0]["extensions"]

    def close(self) -> tuple[int, str]:
        """Give code and reason of the close that comes, whatever comes before."""
        try:
            while True:
                self.hear()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "the connection was cut"
            return closed.rcvd.code, closed.rcvd.reason


@contextmanager
def connected(
    address: str, *, init: bool = True, protocols: tuple[str, ...] = (PROTOCOL,), **more: Any
) -> Iterator[Subscriber]:
    """Connect, and say hello where wanted."""
    spoken = [Subprotocol(protocol) for protocol in protocols]
    with connect(f"ws{address.removeprefix('http')}/graphql", subprotocols=spoken or None, **more) as connection:
        subscriber = Subscriber(connection)
        if init:
            subscriber.say(type="connection_init")
            assert subscriber.hear() == {"type": "connection_ack"}
        yield subscriber


class Stream:
    """One response of server-sent events."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response

    def frames(self) -> Iterator[tuple[str, Any]]:
        """Go through name and data of what comes, without comments, until the stream ends."""
        told: dict[str, str] = {}
        for line in self._response:
            name, colon, value = line.decode().rstrip("\n").partition(":")
            if colon and name:
                told[name] = value.strip()
            elif not colon and told:
                yield told["event"], json.loads(told["data"]) if told["data"] else None
                told = {}

    def line(self) -> str:
        return self._response.readline().decode().rstrip("\n")

    def body(self) -> Any:
        return json.loads(self._response.read())


@contextmanager
def streamed(
    address: str,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    accept: str = "text/event-stream",
    receive: int | None = None,
) -> Iterator[Stream]:
    """Ask for a stream of server-sent events, with so many bytes of room for what comes."""
    found = urlsplit(address)
    assert found.hostname is not None
    connection = http.client.HTTPConnection(found.hostname, found.port, timeout=WAIT)
    connection.sock = socket.socket()
    if receive is not None:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    connection.sock.connect((found.hostname, found.port))
    body = json.dumps({"query": query, "variables": dict(variables or {})})
    response: http.client.HTTPResponse | None = None
    try:
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json", "Accept": accept})
        response = connection.getresponse()
        yield Stream(response)
    finally:
        if response is not None:
            response.close()
        connection.close()
