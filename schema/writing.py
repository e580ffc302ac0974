"""Writing: a mutation hands an action to the sequencer, waits until it is durable, and reads anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from graph_service.actions.desk import Desk
from graph_service.errors import Refusal as KeptRefusal
from graph_service.model.journal import Entry
from schema.context import Context, operator_of
from schema.refusals import Refusal, refused


async def performed(context: Context, action: Callable[[Desk, str], Entry], *, noun: str) -> Entry | Refusal:
    """Do an action in the operator's name; give its entry, or the refusal.

    Args:
        context: Of this operation; its readings begin anew.
        action: What to do, given the desk and the operator.
        noun: What the input calls the id of the thing: the domain's refusals call it `id`.
    """
    context.renew()
    try:
        operator = operator_of(context)
        kept = context.service.submit(lambda desk: action(desk, operator))
        # Shielded: a caller who hangs up does not take the request out of the sequencer's hands.
        return await asyncio.shield(asyncio.wrap_future(kept))
    except KeptRefusal as refusal:
        return refused(refusal, id=noun)
