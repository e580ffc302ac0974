"""Search: subjects by name, in characters, pinyin or letters."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from graph_service.lookups.find import find
from schema.context import Context
from schema.showing import shown_subject
from schema.subject_mutations import IdentifierInput

if TYPE_CHECKING:
    from schema.subjects import Subject


@strawberry.enum(description="Why a name was found.")
class SearchReason(Enum):
    """Why a name was found."""

    EXACT = strawberry.enum_value("exact", description="By its own characters or letters.")
    PINYIN = strawberry.enum_value("pinyin", description="By how its characters are read.")
    TRANSLITERATED = strawberry.enum_value("transliterated", description="Across scripts or accents.")
    MISSPELT = strawberry.enum_value("misspelt", description="It is spelt nearly like the query.")


@strawberry.input(one_of=True)
class SubjectByInput:
    """One thing that is known of a subject, and no second one."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its global id.")
    ref: str | None = strawberry.field(default=strawberry.UNSET, description="Its plain id.")
    identifier: IdentifierInput | None = strawberry.field(
        default=strawberry.UNSET, description="What it is called elsewhere."
    )


@strawberry.type
class SearchHit:
    """A subject whose name fits, how well, and why."""

    subject: Annotated[Subject, strawberry.lazy("schema.subjects")] = strawberry.field(description="Who was found.")
    name: str = strawberry.field(description="The name that fits.")
    score: int = strawberry.field(description="How well, up to 100: the name as it is written.")
    reason: SearchReason = strawberry.field(description="Why.")


def hits(context: Context, query: str, first: int) -> list[SearchHit]:
    """Search by name."""
    return [
        SearchHit(subject=shown_subject(hit.subject), name=hit.name, score=hit.score, reason=SearchReason(hit.reason))
        for hit in find(context.reading, context.service.vault, query, limit=first)
    ]
