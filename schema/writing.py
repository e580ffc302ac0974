"""Writing: a mutation hands an action to the sequencer, waits until it is durable, and answers with what is now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import strawberry
from strawberry.dataloader import DataLoader

from graph_service.actions.desk import Desk
from graph_service.errors import Refusal as KeptRefusal
from graph_service.model.journal import Entry
from schema.batching import Batchers
from schema.context import Info, operator_of
from schema.journal import Receipt, shown_receipt
from schema.refusals import Refusal, refused

Kept = TypeVar("Kept")


@strawberry.interface
class Done:
    """A change that is durable."""

    receipt: Receipt = strawberry.field(description="The proof.")


Answer = TypeVar("Answer", bound=Done)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing(Generic[Kept, Answer]):
    """How changes of one kind of thing are written and answered: call it with what to do to which of them."""

    #: What inputs call the id of the thing: the domain's refusals call it `id`.
    noun: str
    #: What reads the thing anew.
    batcher: Callable[[Batchers], DataLoader[str, Kept | None]]
    #: Makes the answer of the thing as it is now and the proof.
    done: Callable[[Kept, Receipt], Answer]

    async def __call__(self, info: Info, id_: str, action: Callable[[Desk, str], Entry]) -> Answer | Refusal:
        """Do an action in the operator's name; answer with the thing and the receipt, or with the refusal.

        Args:
            info: What Strawberry hands over; readings begin anew.
            id_: Of the thing that the action is about.
            action: What to do, given the desk and the operator.
        """
        context = info.context
        context.renew()
        try:
            operator = operator_of(context)
            kept = context.service.submit(lambda desk: action(desk, operator))
            # Shielded: a caller who hangs up does not take the request out of the sequencer's hands.
            entry = await asyncio.shield(asyncio.wrap_future(kept))
        except KeptRefusal as refusal:
            return refused(refusal, id=self.noun)
        held = await self.batcher(context.batchers).load(id_)
        assert held is not None
        return self.done(held, shown_receipt(entry))
