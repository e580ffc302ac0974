"""The manifest of a snapshot: at which journal position it was taken, and the policies by which it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import orjson

from graph_service.model.journal import Value
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition
from graph_service.ports.store import Reading
from graph_service.replay.refusals import SnapshotLayoutNewer, SnapshotUnreadable

#: The number of the layout; an older program refuses a newer one.
LAYOUT = 1

FILE = "snapshot.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedTexts:
    """An edition as the journal has it: the texts of its files."""

    number: int
    name: str
    since: date
    seq: int
    files: Mapping[str, str]

    def edition(self) -> Edition:
        """Read the texts."""
        policy = parse_policy(self.name, self.files)
        return Edition(number=self.number, policy=policy, since=self.since, seq=self.seq)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a snapshot says of itself."""

    #: The end of the journal when it was taken: whoever holds this head can tell whose snapshot it is.
    seq: int
    hash: bytes
    entered_on: date | None
    ticked_on: date | None
    editions: tuple[AdoptedTexts, ...]

    def write(self, folder: Path) -> None:
        """Write the manifest into a folder."""
        value: Value = {
            "layout": LAYOUT,
            "seq": self.seq,
            "hash": self.hash.hex(),
            "entered_on": self.entered_on,
            "ticked_on": self.ticked_on,
            "editions": self.editions,
        }
        (folder / FILE).write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def manifest_of(reading: Reading) -> Manifest:
    """Make the manifest of what a store holds."""
    head = reading.head()
    return Manifest(
        seq=head.seq,
        hash=head.hash,
        entered_on=head.entered_on,
        ticked_on=head.ticked_on,
        editions=tuple(_texts(reading, edition) for edition in reading.editions()),
    )


def _texts(reading: Reading, edition: Edition) -> AdoptedTexts:
    asked = reading.entries(after=edition.seq - 1, limit=1)[0].asked
    return AdoptedTexts(
        number=edition.number, name=asked["name"], since=edition.since, seq=edition.seq, files=asked["files"]
    )


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a snapshot.

    Raises:
        SnapshotUnreadable: There is none, or it is broken.
        SnapshotLayoutNewer: A newer trustnet wrote it.
    """
    try:
        value = orjson.loads((folder / FILE).read_bytes())
        layout = int(value["layout"])
        if layout > LAYOUT:
            raise SnapshotLayoutNewer(path=str(folder), found=layout, known=LAYOUT)
        return Manifest(
            seq=value["seq"],
            hash=bytes.fromhex(value["hash"]),
            entered_on=_day(value["entered_on"]),
            ticked_on=_day(value["ticked_on"]),
            editions=tuple(
                AdoptedTexts(**{**each, "since": date.fromisoformat(each["since"])}) for each in value["editions"]
            ),
        )
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise SnapshotUnreadable(path=str(folder), cause=f"{FILE}: {fault}") from fault


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
