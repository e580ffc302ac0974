"""Bulk data in and out: subjects, ties, consents and records, as CSV and as lines of JSON."""

from loaders.batch import Count, LoadReport, Progress, Step, check, load
from loaders.export import export, exported_lines
from loaders.freight import Form, Freight
from loaders.refusals import FilesFaulty, LoadCutShort
from loaders.rosters import RosterTerms

__all__ = [
    "Count",
    "FilesFaulty",
    "Form",
    "Freight",
    "LoadCutShort",
    "LoadReport",
    "Progress",
    "RosterTerms",
    "Step",
    "check",
    "export",
    "exported_lines",
    "load",
]
