"""A Neo4j server on this machine: its jars, its data folder and its process, for tests and laptops without Docker."""
