"""The year as history: records that were decided on their own days, entered many at a time."""

from __future__ import annotations

from collections.abc import Sequence

from graph_service.actions.desk import Desk
from graph_service.actions.import_records import Scales, Told, Weighed, import_records
from loaders.item import Signatures
from loaders.records import RecordItem

#: Rows of an entry at most, as in imports of the graph.
ROWS_PER_ENTRY = 200


def enter_history(desk: Desk, items: Sequence[RecordItem], by: Signatures, origin: str) -> None:
    """Enter records of earlier days; those that have to be looked at one by one are.

    Raises:
        Refusal: That of the first row that is refused.
    """
    told = [row for item in items if (row := _told(item)) is not None]
    weighed: list[Weighed] = []
    alone = {item.subject for item in items if item.matching}
    subjects = dict.fromkeys(row.subject for row in told)
    for subject, rows in zip(subjects, Scales(desk).weigh(told), strict=True):
        if rows is None or subject in alone:
            alone.add(subject)
        else:
            weighed.extend(rows)
    for begins in range(0, len(weighed), ROWS_PER_ENTRY):
        rows_of_entry = [(row.told.said, row.found) for row in weighed[begins : begins + ROWS_PER_ENTRY]]
        import_records(desk, rows_of_entry, actor=by.filer, after=desk.page.head().seq)
    entered = {row.told.id for row in weighed}
    for item in items:
        if item.id in entered:
            desk.keep_text(item.subject, f"record/{item.id}", item.note)
        elif item.subject in alone or item.approved_on is None:
            item.enter(desk, by, origin)


def _told(item: RecordItem) -> Told | None:
    """Give a record as it was decided elsewhere; None where it still waits."""
    if item.approved_on is None or item.filer is None or item.approver is None:
        return None
    return Told(
        id=item.id,
        subject=item.subject,
        scheme=item.scheme,
        rule=item.rule,
        happened_on=item.happened_on,
        quantity=item.quantity,
        points=item.points,
        filer=item.filer,
        approver=item.approver,
        approved_on=item.approved_on,
    )
