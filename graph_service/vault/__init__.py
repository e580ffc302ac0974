"""The vault: what is personal, encrypted, findable by name, and forgettable."""

from graph_service.vault.sqlite import SqliteVault, open_vault

__all__ = ["SqliteVault", "open_vault"]
