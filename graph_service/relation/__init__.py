"""The share relation printed in the languages of the stores and replay engines."""
