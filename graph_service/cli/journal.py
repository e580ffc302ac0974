"""Commands on the journal: tick and verify."""

from __future__ import annotations

from graph_service.cli.options import StoreOption, TodayOption, service
from graph_service.cli.printing import say


def tick(store: StoreOption = None, today: TodayOption = None) -> None:
    """Work off every day that is due: notices that are over, validities, clocks of contests, new editions.

    Example: `trustnet tick`
    """
    with service(store, today=today) as opened:
        say(f"worked off up to {opened.tick()}")
