"""Streams: the answers of one operation as they come, many of a subscription and one of anything else."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph_service.follower import Follower
from schema.build import build_schema
from schema.context import Context
from schema.refusals import MethodUnfit
from schema.request import Answer, Request, answered, failed


async def stream(follower: Follower, request: Request, headers: Mapping[str, str]) -> AsyncGenerator[Answer, None]:
    """Execute an operation, and give each answer of it at one moment of the store.

    The next answer is worked out when it is asked for, and nothing of the store is held open until then. One that was
    not executed is the last.

    Args:
        follower: Through whom new entries are learnt of.
        request: What is asked.
        headers: Of the request, with names in lower case.
    """
    context = Context(follower.service, headers, follower)
    allowed = set(OperationType) if request.may_change else {OperationType.QUERY, OperationType.SUBSCRIPTION}
    try:
        results = await build_schema().stream(
            request.query,
            variable_values=dict(request.variables),
            operation_name=request.operation_name,
            context_value=context,
            allowed_operation_types=allowed,
        )
        async with aclosing(results):
            async for result in results:
                context.renew()
                assert isinstance(result, ExecutionResult)
                yield _not_found(result) or answered(result, followed=context.followed)
    finally:
        context.close()


def _not_found(result: ExecutionResult) -> Answer | None:
    """Answer where no operation is to be executed: Strawberry tells it as if something had failed."""
    for error in result.errors or ():
        match error.original_error:
            case CannotGetOperationTypeError() as fault:
                return failed(GraphQLError(fault.as_http_error_reason()))
            case InvalidOperationTypeError():
                return failed(MethodUnfit())
    return None
