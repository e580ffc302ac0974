"""Find subjects by name, through the vault's blind index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.model.subjects import Subject
from graph_service.ports.store import Reading
from graph_service.ports.vault import Vault

#: Hits that one search may give.
HITS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A subject whose name fits, how well, and why."""

    subject: Subject
    name: str
    #: 100 is the name as it is written.
    score: int
    #: "exact", "pinyin", "transliterated" or "misspelt".
    reason: str


def find(reading: Reading, vault: Vault, query: str, *, limit: int = HITS_MAX) -> Sequence[Hit]:
    """Find subjects whose name fits a query in characters, pinyin or letters, misspelt or not.

    The best first, then by subject id.
    """
    hits = vault.find(query, limit=min(limit, HITS_MAX))
    subjects = reading.subjects_of([hit.subject for hit in hits])
    return [
        Hit(subject=subjects[hit.subject], name=hit.name, score=hit.score, reason=hit.reason)
        for hit in hits
        if hit.subject in subjects
    ]
