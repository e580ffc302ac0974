"""Trusted documents: texts that were written down beforehand and are asked for by their hash.

Their folder may hold `.graphql` files, a text each, and `.json` files as front-end tools write them: Relay's and
graphql-codegen's, which map ids to texts, and Apollo's, which lists operations with `id` and `body`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson
from graphql import GraphQLError

from graph_service.errors import Refusal
from schema.build import build_schema
from schema.limits import examined

#: How the GraphQL-over-HTTP draft writes an id that is a hash; tools leave the prefix out.
_PREFIX = "sha256:"
_HASH = re.compile(r"[0-9a-f]{64}")

#: What may be an id of a document.
ID = re.compile(r"[A-Za-z0-9._~:-]{1,128}")


class DocumentsFaulty(Refusal):
    """A trusted document would not be answered, or is not what its id says."""

    code = "documents_faulty"
    en = "{path} cannot be trusted: {reason}. Correct it, or take it out of the folder of trusted documents."
    zh = "{path} 不能作为可信查询：{reason}。请改正，或将其移出可信查询的文件夹。"


class DocumentUnknown(Refusal):
    """No trusted document has this id."""

    #: What Apollo's and urql's clients have to read in the place of the sentence, so that they send the text.
    word: str | None = None

    code = "document_unknown"
    en = "No trusted document has the id {id}. Correct the id, or let whoever runs the service add the document."
    zh = "没有编号为 {id} 的可信查询。请改正编号，或请服务的运行者添加该查询。"


class DocumentDiffers(Refusal):
    """A text came with the id of another one."""

    code = "document_differs"
    en = "The text is not the one that {id} is the id of. Send either alone, or hash the text anew."
    zh = "所发文本与编号 {id} 不符。请只发送其一，或重新计算文本的哈希。"


class DocumentUntrusted(Refusal):
    """The service answers only what was written down beforehand, and this was not."""

    code = "document_untrusted"
    en = "This service answers trusted documents only. Let whoever runs it add this one, and ask by its id."
    zh = "本服务只应答可信查询。请由服务的运行者添加此查询，再以其编号请求。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """The trusted documents of a service; by default there are none, and every text is answered."""

    #: Texts by id.
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Whether nothing else is answered.
    only: bool = False

    def text_of(self, id_: str) -> str:
        """Give the text that has an id.

        Raises:
            DocumentUnknown: None has.
        """
        found = self.texts.get(id_.removeprefix(_PREFIX))
        if found is None:
            raise DocumentUnknown(id=id_)
        return found

    def check(self, text: str, id_: str | None = None) -> bool:
        """Tell whether a text that was sent is trusted.

        Args:
            text: What was sent.
            id_: The id that was sent with it.

        Raises:
            DocumentDiffers: The id is another text's.
            DocumentUntrusted: It is not, and nothing else is answered.
        """
        own = hash_of(text)
        if id_ is not None and id_.removeprefix(_PREFIX) != own and self.texts.get(id_) != text:
            raise DocumentDiffers(id=id_)
        if self.only and own not in self.texts:
            raise DocumentUntrusted()
        return own in self.texts


def hash_of(text: str) -> str:
    """Give the hash by which a text is asked for.

    >>> hash_of("query($id:ID!){user(id:$id){name}}")
    '71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b'
    """
    return sha256(text.encode()).hexdigest()


def read_documents(folder: Path, *, only: bool = False) -> Documents:
    """Read the trusted documents of a folder, and of the folders in it.

    Args:
        folder: Where they are.
        only: Whether nothing else is to be answered.

    Raises:
        DocumentsFaulty: There is no such folder, or the service could not answer one of them.
    """
    if not folder.is_dir():
        raise DocumentsFaulty(path=str(folder), reason="it is no folder")
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix not in {".graphql", ".json"} or not path.is_file():
            continue
        try:
            read = dict(_texts(path))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise DocumentsFaulty(path=str(path), reason="it holds no documents in a form that is known") from None
        for id_, text in read.items():
            _check(path, id_, text)
            texts[id_] = texts[hash_of(text)] = text
    return Documents(texts=texts, only=only)


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """Go through the ids and texts of a file."""
    written = path.read_text("utf-8")
    if path.suffix == ".graphql":
        # A file ends with a line's end; what a client prints, and hashes, does not.
        for text in (written, written.rstrip("\n")):
            yield hash_of(text), text
        return
    read = orjson.loads(written)
    if "operations" in read and isinstance(read["operations"], list):
        read = {operation["id"]: operation["body"] for operation in read["operations"]}
    for id_, text in read.items():
        if not ID.fullmatch(id_) or not isinstance(text, str):
            raise ValueError(id_)
        yield id_.removeprefix(_PREFIX), text


def _check(path: Path, id_: str, text: str) -> None:
    if _HASH.fullmatch(id_) and id_ != hash_of(text):
        raise DocumentsFaulty(path=str(path), reason=f"the text of {id_} has another hash")
    try:
        _, faults = examined(build_schema()._schema, text)
    except GraphQLError as fault:
        faults = [fault]
    if faults:
        raise DocumentsFaulty(path=str(path), reason=faults[0].message.rstrip("."))
