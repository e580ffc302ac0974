"""The whole relation at once, on a snapshot."""
