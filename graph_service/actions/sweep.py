"""Sweep the vault: who the journal never came to know is not kept."""

from __future__ import annotations

from collections.abc import Collection

from graph_service.errors import VaultUnfit
from graph_service.ports.store import Reading
from graph_service.ports.vault import Vault

#: What was written to the vault so short a time ago may have its journal entry on the way.
GRACE_SECONDS = 3_600


def sweep(reading: Reading, vault: Vault) -> int:
    """Erase the subjects that the journal never came to know; say how many there were.

    The vault is written first and the journal second, so a crash between the two leaves somebody in the vault of whom
    nobody knows. These are few. A vault of which the journal knows less than half belongs to another store.

    Raises:
        VaultUnfit: It does; nothing is erased.
    """
    held = unknown = 0

    def known(ids: Collection[str]) -> Collection[str]:
        return reading.subjects_of(ids).keys()

    def counted(ids: Collection[str]) -> Collection[str]:
        nonlocal held, unknown
        held += len(ids)
        unknown += len(ids) - len(known(ids))
        # Whoever is known is spared, and this round only counts.
        return ids

    vault.sweep(counted, grace_seconds=GRACE_SECONDS)
    if unknown * 2 > held:
        raise VaultUnfit(held=held, unknown=unknown)
    return vault.sweep(known, grace_seconds=GRACE_SECONDS) if unknown else 0
