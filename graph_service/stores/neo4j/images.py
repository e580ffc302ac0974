"""Images: how things stood before a page, so that a reading goes on seeing the moment at which it began.

A server answers every statement with what is there by then, and may answer in the middle of a commit. So every page is
announced, with an image of what it is about to change, in a commit before its own; and is said to be done in a commit
after. Whoever reads looks after each answer whether a page was announced since it began, and puts what the images say
in place of what it found. What is new needs no image: it has a position behind the end of the journal as the reading
knows it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct, field

from graph_service.model.consents import Consent, Waiver
from graph_service.model.records import Record
from graph_service.model.standing import Balance, Standing
from graph_service.model.subjects import Subject
from graph_service.model.ties import Tie
from graph_service.stores.neo4j.journal import Book

Key = TypeVar("Key")
Held = TypeVar("Held")

#: What somebody has of one scheme: the subject and the scheme, or the other way round.
Owner = tuple[str, str]


class Image(Struct, frozen=True, kw_only=True):
    """What a page is about to change, as it was; by the keys of the page's sheets."""

    book: Book
    subjects: dict[str, Subject] = field(default_factory=dict)
    ties: dict[str, Tie] = field(default_factory=dict)
    consents: dict[str, Consent] = field(default_factory=dict)
    waivers: dict[str, Waiver] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    #: Balances and standings have no position, so that those which were not there are named too.
    balances: list[tuple[Owner, tuple[Balance, ...] | None]] = field(default_factory=list)
    standings: list[tuple[Owner, Standing | None]] = field(default_factory=list)


_decoder = msgspec.json.Decoder(Image)


def written_image(image: Image) -> str:
    """Write an image as a text."""
    return msgspec.json.encode(image).decode()


def image_of(text: str) -> Image:
    """Read an image."""
    return _decoder.decode(text)


#: Announces a page, by the number behind the last; whoever announces holds the lock on the journal's end.
ANNOUNCED = (
    "MATCH (i:Image) WHERE i.number >= 0 WITH i.number + 1 AS number ORDER BY number DESC LIMIT 1"
    " CREATE (:Image {number: number, done: false, made_at: timestamp(), image: $image}) RETURN number"
)
#: The pages before it are done, or were never kept: nobody else is at work.
SETTLED = "MATCH (i:Image) WHERE i.number < $number AND NOT i.done SET i.done = true"
#: Nobody reads as of so long ago, in milliseconds.
CLEARED = "MATCH (i:Image) WHERE i.number < $number AND i.made_at < timestamp() - $kept DELETE i"
DONE = "MATCH (i:Image {number: $number}) SET i.done = true"
#: The last page, whether it is done, and the book, which is looked at after.
LOOKED = (
    "MATCH (i:Image) WHERE i.number >= 0 WITH i.number AS number, i.done AS done ORDER BY number DESC LIMIT 1"
    " MATCH (j:Journal {only: 1}) RETURN number, done, properties(j)"
)
SINCE = "MATCH (i:Image) WHERE i.number > $number RETURN i.number, i.image ORDER BY i.number"
