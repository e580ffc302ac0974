"""The demonstration district: an invented graph and a year of records, the same for a seed everywhere."""

from loaders.district.ahead import Opening
from loaders.district.plan import SUBJECTS_MIN, TOWN, Plan
from loaders.district.play import is_played, play
from loaders.district.rows import graph, records_of_year, written

__all__ = ["SUBJECTS_MIN", "TOWN", "Opening", "Plan", "graph", "is_played", "play", "records_of_year", "written"]
