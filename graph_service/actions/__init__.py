"""One verb per module: the only code that changes things."""
