"""One question per module: changes nothing."""
