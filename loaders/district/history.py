"""The year as history: records that were decided on their own days, entered many at a time."""

from __future__ import annotations

from graph_service.actions.desk import Desk
from graph_service.actions.import_records import import_records
from loaders.district.ahead import Year
from loaders.item import Signatures

#: Rows of an entry at most: many, because nobody pages through the years of a made-up district.
ROWS_PER_ENTRY = 1_000


def enter_history(desk: Desk, year: Year, by: Signatures, origin: str) -> None:
    """Enter records of earlier days; those that have to be looked at one by one are.

    Raises:
        Refusal: That of the first row that is refused.
    """
    for begins in range(0, len(year.weighed), ROWS_PER_ENTRY):
        rows = year.weighed[begins : begins + ROWS_PER_ENTRY]
        # Other towns may have been entered since these were weighed: nothing leads from one into another.
        import_records(desk, rows, actor=by.filer, after=desk.page.head().seq)
    for subject, ref, text in year.texts:
        desk.keep_text(subject, ref, text)
    for item in year.alone:
        item.enter(desk, by, origin)
