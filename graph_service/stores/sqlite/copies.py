"""A pseudonymous copy in an SQLite file of its own, for analysts' tools."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw

from graph_service.errors import CopyTaken, StoreReadOnly
from graph_service.model.consents import Consent, Waiver
from graph_service.model.facts import DatedFact
from graph_service.model.journal import canonical
from graph_service.model.records import Record
from graph_service.model.standing import Share, Standing
from graph_service.model.subjects import Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.stores.sqlite.connection import COPY_ID, check_engine, told
from graph_service.stores.sqlite.rows import Rows

#: The number of the copy's layout.
LAYOUT = 1


@contextmanager
def new_copy(path: Path) -> Iterator[SQLiteCopyPage]:
    """Write a copy beside its place; it is moved there, for its owner to read only, when it is whole.

    Raises:
        CopyTaken: There is something at the place.
        StoreReadOnly, StoreFull: It cannot be written there.
    """
    check_engine(apsw.sqlitelibversion())
    if path.exists():
        raise CopyTaken(path=str(path), field="to")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent)
    except OSError as fault:
        raise StoreReadOnly(path=str(path)) from fault
    with beside as folder, told(path):
        unfinished = Path(folder) / path.name
        connection = apsw.Connection(str(unfinished))
        try:
            # A copy that is cut off is thrown away.
            connection.pragma("journal_mode", "off")
            connection.pragma("application_id", COPY_ID)
            connection.pragma("user_version", LAYOUT)
            connection.execute(files("graph_service.stores.sqlite").joinpath("copy.sql").read_text("utf-8"))
            connection.execute("BEGIN")
            yield SQLiteCopyPage(connection)
            connection.execute("COMMIT")
            # Where a row lies in the file would tell in which order it came.
            connection.execute("VACUUM")
        finally:
            connection.close()
        unfinished.chmod(0o400)
        unfinished.rename(path)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _span(fact: DatedFact) -> tuple[str | None, str | None, str | None]:
    return _text(fact.since), _text(fact.until), _text(fact.voided_on)


class SQLiteCopyPage(Rows):
    """A copy that is being written to an SQLite file."""

    def put_day(self, day: date) -> None:
        """Note the day at whose end everybody stands."""
        self._write("INSERT INTO copied VALUES (?)", (_text(day),))

    def put_subjects(self, subjects: Sequence[Subject], adults: Collection[str]) -> None:
        """Put subjects, and who of them is an adult."""
        rows = [
            (
                subject.id,
                str(subject.kind),
                int(subject.id in adults) if subject.kind is SubjectKind.PERSON else None,
                _text(subject.since),
                _text(subject.until),
            )
            for subject in subjects
        ]
        self._write_many("INSERT INTO subject VALUES (?, ?, ?, ?, ?)", rows)

    def put_ties(self, ties: Sequence[Tie]) -> None:
        """Put ties."""
        rows = [
            (tie.id, tie.kind, tie.source, tie.target, *_span(tie), canonical(dict(tie.attributes)).decode())
            for tie in ties
        ]
        self._write_many("INSERT INTO tie VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def put_consents(self, consents: Sequence[Consent]) -> None:
        """Put consents."""
        rows = [(held.id, held.subject, held.guardian, held.purpose, *_span(held)) for held in consents]
        self._write_many("INSERT INTO consent VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def put_waivers(self, waivers: Sequence[Waiver]) -> None:
        """Put waivers."""
        rows = [(held.id, held.member, held.group, *_span(held)) for held in waivers]
        self._write_many("INSERT INTO waiver VALUES (?, ?, ?, ?, ?, ?)", rows)

    def put_records(self, records: Sequence[Record]) -> None:
        """Put records."""
        rows = [
            (
                record.id,
                record.subject,
                record.scheme,
                record.rule,
                record.edition,
                _text(record.happened_on),
                record.points,
                record.grade,
                str(record.state),
                record.filer,
                _text(record.filed_on),
                record.approver,
                _text(record.approved_on),
                _text(record.force_on),
                _text(record.valid_until),
            )
            for record in records
        ]
        self._write_many("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def put_shares(self, shares: Sequence[Share]) -> None:
        """Put shares of records in force."""
        rows = [(share.record, share.target, share.route, share.amount) for share in shares]
        self._write_many("INSERT INTO share VALUES (?, ?, ?, ?)", rows)

    def put_standings(self, standings: Sequence[Standing]) -> None:
        """Put standings."""
        rows = [(held.scheme, held.subject, held.score, held.grade, held.own, held.shared) for held in standings]
        self._write_many("INSERT INTO standing VALUES (?, ?, ?, ?, ?, ?)", rows)
