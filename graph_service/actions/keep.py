"""Keep again what a large load left unkept."""

from __future__ import annotations

from collections.abc import Collection

from graph_service.actions.desk import Desk
from graph_service.projection.keep import keep_anew


def leave_unkept(desk: Desk, schemes: Collection[str]) -> None:
    """Let the balances and standings of schemes be for now; until they are kept again, standings are derived."""
    desk.page.set_unkept(desk.page.unkept() | set(schemes))


def keep_again(desk: Desk) -> None:
    """Keep the balances and standings of every scheme that is not kept, from all shares of its records in force."""
    unkept = desk.page.unkept()
    desk.page.set_unkept(())
    for code in sorted(unkept):
        scheme = desk.policy().schemes.get(code)
        if scheme is not None:
            keep_anew(desk.page, scheme, desk.today)
