"""A small client: documents are asked for by their hash, and what has not changed is not sent again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

#: The folder that the service trusts.
DOCUMENTS = Path(__file__).parents[1] / "documents"

#: Answers are JSON.
Json = dict[str, Any]

_NOT_MODIFIED = 304


class NotAnswered(Exception):
    """The request itself was wrong, or the service failed. What the domain refuses is part of an answer instead."""

    def __init__(self, fault: Json) -> None:
        super().__init__(fault["message"])
        self.code: str = fault["extensions"]["code"]


def document(name: str) -> str:
    """Give the id of a document: the hash of its text."""
    return f"sha256:{sha256(DOCUMENTS.joinpath(f'{name}.graphql').read_bytes()).hexdigest()}"


def refused(answer: Json) -> bool:
    """Tell the refusals of an answer from everything else."""
    return bool(answer["__typename"] == "Refusal")


@dataclass
class Trustnet:
    """Asks and changes in an operator's name."""

    address: str
    operator: str
    #: How many answers had not changed since they were asked for before.
    unchanged: int = 0
    _kept: dict[str, tuple[str, Json]] = field(default_factory=dict, repr=False)

    def ask(self, name: str, **variables: object) -> Json:
        """Ask a query."""
        parameters = {"documentId": document(name), "variables": json.dumps(variables)}
        url = f"{self.address}?{urlencode(parameters)}"
        tag, data = self._kept.get(url, ("", {}))
        request = Request(url, headers=self._headers({"If-None-Match": tag} if tag else {}))  # noqa: S310
        try:
            with urlopen(request) as answered:  # noqa: S310 - the address is the caller's own
                data, tag = _read(answered.read()), answered.headers["ETag"]
        except HTTPError as other:
            with other:
                if other.code != _NOT_MODIFIED:
                    raise _fault(other) from None
            self.unchanged += 1
        if tag:
            self._kept[url] = tag, data
        return data

    def change(self, name: str, **variables: object) -> Json:
        """Do a mutation.

        After a lost connection, do it again: the same is the first answer, and nothing happens twice.
        """
        body = json.dumps({"documentId": document(name), "variables": variables}).encode()
        headers = self._headers({"Content-Type": "application/json"})
        try:
            with urlopen(Request(self.address, body, headers)) as answered:  # noqa: S310 - as above
                return _read(answered.read())
        except HTTPError as other:
            with other:
                raise _fault(other) from None

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Accept": "application/graphql-response+json", "X-Trustnet-Operator": self.operator, **more}


def _read(body: bytes) -> Json:
    answered: Json = json.loads(body)
    if "errors" in answered:
        raise NotAnswered(answered["errors"][0])
    data: Json = answered["data"]
    return data


def _fault(other: HTTPError) -> NotAnswered:
    return NotAnswered(json.loads(other.read())["errors"][0])


def pages(page: Callable[[str | None], Json]) -> Iterator[Json]:
    """Go through all pages of a connection, from cursor to cursor."""
    after = None
    while True:
        held = page(after)
        yield from held["nodes"]
        if not held["pageInfo"]["hasNextPage"]:
            return
        after = held["pageInfo"]["endCursor"]
