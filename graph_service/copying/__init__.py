"""Copying: from one store into another, whichever they are; and from a store into a graph for analysts."""
