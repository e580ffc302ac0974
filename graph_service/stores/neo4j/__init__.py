"""The store for several services at once: a Neo4j database that reads as the graph it is."""
