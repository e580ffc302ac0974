"""Enumerations of the domain, as GraphQL shows them. Types that use one import it from here."""

from __future__ import annotations

import strawberry

from graph_service.model.happenings import HappeningKind
from graph_service.model.journal import EntryKind
from graph_service.model.records import RecordState
from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Position as WalkPosition

strawberry.enum(EntryKind, description="What happened.")
strawberry.enum(HappeningKind, description="What happened to somebody.")
strawberry.enum(RecordState, description="Where a record is in its life.")
strawberry.enum(SubjectKind, description="What a subject is. A kind never changes.")
strawberry.enum(WalkPosition, name="WalkPosition", description="Where on a walk a subject stands.")

__all__ = ["EntryKind", "HappeningKind", "RecordState", "SubjectKind", "WalkPosition"]
