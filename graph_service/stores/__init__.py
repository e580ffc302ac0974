"""Homes of the journal and its views."""
