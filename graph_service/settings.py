"""Settings: read once from the environment, typed, with the defaults that a laptop wants."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date

from graph_service.errors import SettingMalformed
from graph_service.follower import LiveLimits

#: Where the journal lives unless something else is said.
DEFAULT_STORE = "sqlite:///trustnet.db"

_NUMBERS = {
    "TRUSTNET_STORE_CONNECTIONS": "store_connections",
    "TRUSTNET_STORE_CONNECT_SECONDS": "store_connect_seconds",
    "TRUSTNET_STORE_ACQUIRE_SECONDS": "store_acquire_seconds",
    "TRUSTNET_STORE_PAGE_SECONDS": "store_page_seconds",
    "TRUSTNET_STORE_READING_SECONDS": "store_reading_seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says. Every setting is `TRUSTNET_` and its name in capitals."""

    #: The address of the store: `sqlite:///folder/file.db`, or `neo4j://user:password@host:7687/database`.
    store: str = DEFAULT_STORE
    #: Of a store on a server: how many connections there may be.
    store_connections: int = 50
    #: Of a store on a server, in seconds: to reach it, to wait for a free connection, for one page, and one reading.
    store_connect_seconds: int = 5
    store_acquire_seconds: int = 30
    store_page_seconds: int = 300
    store_reading_seconds: int = 60
    #: The address of the vault; by default a file beside the store.
    vault: str | None = None
    #: Where the clock stands still, for demonstrations and tests; by default it runs.
    today: date | None = None
    #: A folder outside the store that signed checkpoints of the journal's head are written to.
    checkpoints: str | None = None
    #: What those who follow the journal may ask: each is `TRUSTNET_LIVE_` and its name in capitals.
    live: LiveLimits = field(default_factory=LiveLimits)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings from the environment.

        Raises:
            SettingMalformed: A limit is no whole number above 0.
        """
        today = environment.get("TRUSTNET_TODAY")
        numbers = {name: int(environment[said]) for said, name in _NUMBERS.items() if said in environment}
        return cls(
            **numbers,
            store=environment.get("TRUSTNET_STORE", DEFAULT_STORE),
            vault=environment.get("TRUSTNET_VAULT"),
            today=None if today is None else date.fromisoformat(today),
            checkpoints=environment.get("TRUSTNET_CHECKPOINTS"),
            live=_limits(environment),
        )


def _limits(environment: Mapping[str, str]) -> LiveLimits:
    found: dict[str, int] = {}
    for limit in fields(LiveLimits):
        name = f"TRUSTNET_LIVE_{limit.name.upper()}"
        text = environment.get(name)
        if text is not None:
            if not (text.isascii() and text.isdigit() and int(text)):
                raise SettingMalformed(setting=name, value=text)
            found[limit.name] = int(text)
    return LiveLimits(**found)
