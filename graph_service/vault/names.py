"""Finding by name: the marks under which a name is kept, and how well a name fits a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from graph_service.ports.vault import HitReason
from graph_service.vault import spelling
from graph_service.vault.keys import MasterKey
from graph_service.vault.spelling import Words

#: Marks of identifiers lie above those of names.
_IDENTIFIERS = 1 << 20

#: Below this a name is not reported.
SCORE_LEAST = 60
_ALIKE_LEAST = 0.7
_MISSPELT_MOST = 92

#: The best score for each way to find a name: written so, read so, across scripts or accents.
_SCORE_MOST: dict[HitReason, int] = {"exact": 100, "transliterated": 96, "pinyin": 95}
#: Off for the other order of words, and for characters that only sound the same.
_ORDER_LOSS = 2
_HOMOPHONE_LOSS = 15
#: A part of a name scores between this and the best.
_PART_LEAST = 60
_PART_LOSS = 5

_ROTATED_WORDS_MOST = 6

#: Letters, their share of the name's letters, and whether they are the name in its own order.
_Run = tuple[str, float, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query, prepared once and held against many names."""

    words: Words
    accented: Words
    han: bool
    joined: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Query:
        """Prepare what somebody typed."""
        words = spelling.words_of(text)
        spelt = spelling.query_spellings(words)
        return cls(
            words=words,
            accented=spelling.words_of(text, accents=True),
            han=bool(words) and all(spelling.has_han((word,)) for word in words),
            joined=frozenset("".join(each) for each in spelt),
        )


def name_marks(master: MasterKey, name: str) -> set[int]:
    """Make the marks under which `name` is kept."""
    words = spelling.words_of(name)
    return _marks(master, spelling.pieces(words, spelling.spellings(words)))


def query_marks(master: MasterKey, text: str) -> set[int]:
    """Make the marks under which names like `text` are looked for."""
    words = spelling.words_of(text)
    return _marks(master, spelling.pieces(words, spelling.query_spellings(words)))


def identifier_mark(master: MasterKey, scheme: str, value: str) -> int:
    """Make the mark of an external identifier; it never equals the mark of a name."""
    return _IDENTIFIERS | master.identifier_marks[f"{len(scheme)} {scheme} {value}"]


def fit(query: Query, name: str) -> tuple[int, HitReason] | None:
    """Say how well `name` fits, 0 to 100, and why; None if it does not.

    >>> fit(Query.of("xiaoming wang"), "王小明")
    (93, 'pinyin')
    >>> fit(Query.of("Wnag Xiaomng"), "王小明")
    (76, 'misspelt')
    """
    if not query.words:
        return None
    words = spelling.words_of(name)
    written = _written_fit(query, words, name)
    if written is not None:
        return written
    runs = list(_runs(words))
    return _read_fit(query, words, runs) or _near_fit(query, runs)


def _marks(master: MasterKey, pieces: set[str]) -> set[int]:
    return set(map(master.name_marks.__getitem__, pieces))


def _written_fit(query: Query, words: Words, name: str) -> tuple[int, HitReason] | None:
    """Fit the letters or characters themselves."""
    accented = words if name.isascii() else spelling.words_of(name, accents=True)
    found = _part_fit(query.accented, accented, _SCORE_MOST["exact"])
    if found is not None:
        return found, "exact"
    if spelling.has_han(words):
        return None
    found = _part_fit(query.words, words, _SCORE_MOST["transliterated"])
    return None if found is None else (found, "transliterated")


def _part_fit(asked: Words, words: Words, most: int) -> int | None:
    """Fit a name's words or a part of them; characters only where they stand together."""
    if asked == words:
        return most
    asked_joined, joined = "".join(asked), "".join(words)
    together = asked_joined in joined if spelling.has_han(asked) else set(asked) <= set(words)
    if not together:
        return None
    return _score(len(asked_joined) / len(joined), most, own_order=False)


def _read_fit(query: Query, words: Words, runs: list[_Run]) -> tuple[int, HitReason] | None:
    """Fit how the name is read: pinyin of characters, or letters without their spaces."""
    reason: HitReason = "exact"
    loss = 0
    if spelling.has_han(words):
        reason = "pinyin"
        loss = _HOMOPHONE_LOSS if query.han else 0
    elif spelling.has_han(query.words) or query.accented != query.words:
        reason = "transliterated"
    scores = [
        _score(share, _SCORE_MOST[reason] - loss, own_order=own_order)
        for run, share, own_order in runs
        if run in query.joined
    ]
    return (max(scores), reason) if scores else None


def _near_fit(query: Query, runs: list[_Run]) -> tuple[int, HitReason] | None:
    """Fit a name that is spelt nearly like the query."""
    best = 0.0
    for run, share, _ in runs:
        for asked in query.joined:
            alike = OSA.normalized_similarity(asked, run, score_cutoff=_ALIKE_LEAST)
            best = max(best, alike * (0.7 + 0.3 * share))
    most = _MISSPELT_MOST - (_HOMOPHONE_LOSS if query.han else 0)
    score = int(most * best)
    return (score, "misspelt") if score >= SCORE_LEAST else None


def _runs(words: Words) -> Iterator[_Run]:
    """Go through the joined runs of a name's words, past its end and on from its start."""
    for spelt in spelling.spellings(words):
        length = len("".join(spelt))
        circle = spelt + spelt if len(spelt) <= _ROTATED_WORDS_MOST else spelt
        for start in range(len(spelt)):
            for count in range(1, min(len(spelt), len(circle) - start) + 1):
                run = "".join(circle[start : start + count])
                yield run, len(run) / length, count == len(spelt) and start == 0


def _score(share: float, most: int, *, own_order: bool) -> int:
    if share < 1:
        return int(_PART_LEAST + (most - _PART_LOSS - _PART_LEAST) * share)
    return most if own_order else most - _ORDER_LOSS
