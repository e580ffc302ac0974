"""Replay: the whole share relation at once, on a snapshot and away from the store."""
