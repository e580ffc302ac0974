"""Policies as values: schemes with their rules, routes and grade tables, read from YAML."""
