"""Assemble the schema."""

from __future__ import annotations

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from schema.consent_mutations import ConsentMutations
from schema.descriptions import describe, without_null_defaults
from schema.kinds import KINDS
from schema.limits import Limits
from schema.query import Query
from schema.record_mutations import RecordMutations
from schema.scalars import SCALARS
from schema.subject_mutations import SubjectMutations
from schema.subscription import Subscription
from schema.tie_mutations import TieMutations


@strawberry.type
class Mutation(SubjectMutations, TieMutations, ConsentMutations, RecordMutations):
    """What can be done. The caller names the thing, so that the same again is the first answer, and nothing twice."""


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing here: `request` masks and logs, without variables."""


@cache
def build_schema() -> strawberry.Schema:
    """Build the schema; there is only one."""
    schema = _Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=KINDS,
        extensions=[Limits],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    describe(schema)
    without_null_defaults(schema)
    return schema
