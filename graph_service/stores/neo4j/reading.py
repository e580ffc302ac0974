"""Everything that can be asked of the graph, and what is read of it before a page is written."""

from __future__ import annotations

from graph_service.stores.neo4j.consents import ConsentsReading
from graph_service.stores.neo4j.contradictions import ContradictionsReading
from graph_service.stores.neo4j.records import RecordsReading
from graph_service.stores.neo4j.sharing import SharingReading
from graph_service.stores.neo4j.standing import StandingReading
from graph_service.stores.neo4j.subjects import SubjectsReading


class Neo4jReading(
    SharingReading,
    SubjectsReading,
    ConsentsReading,
    RecordsReading,
    StandingReading,
    ContradictionsReading,
):
    """Everything that can be asked of the graph."""
