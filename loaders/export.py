"""Export, the mirror of import: what is exported loads into an empty store and gives the same standings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import orjson

from graph_service.lookups.imported import imported
from graph_service.lookups.listing import ENTRIES_PER_PAGE, ROWS_PER_PAGE, every
from graph_service.model.consents import Consent
from graph_service.model.journal import Entry, EntryKind
from graph_service.model.points import format_points
from graph_service.model.records import Origin, Record, RecordState
from graph_service.model.subjects import PERSONAL_KINDS, Subject
from graph_service.model.ties import Tie
from graph_service.policy.schemes import AttributeType, Edition
from graph_service.ports.store import Reading
from graph_service.ports.vault import DataClass, Profile, Vault
from graph_service.projection.codec import SAID
from graph_service.service import TrustService
from loaders.freight import COLUMNS, EXTERNAL, EXTERNAL_FIELD, Form, Freight
from loaders.lines_of_json import LISTED
from loaders.sheet_export import write_workbook

#: The name of the workbook that an export is.
WORKBOOK = "trustnet.xlsx"

Cells = Mapping[str, str]

#: Taken back, or never taken on: the four files have no words for these.
_LEFT_OUT = frozenset({RecordState.REJECTED, RecordState.REVOKED, RecordState.REPAIRED})
_DECIDED = frozenset({RecordState.APPROVED, RecordState.IN_FORCE, RecordState.EXPIRED})


def export(
    service: TrustService, folder: Path, *, form: Form = Form.CSV, with_names: bool = False
) -> Mapping[Freight, Path]:
    """Write one file of each kind of freight into a folder; give those that were written.

    Args:
        service: From which to export; all files are of one moment.
        folder: Made where it is not there. Files of the same names are replaced.
        form: Comma-separated values, lines of JSON, or one workbook with a sheet for each kind of freight.
        with_names: Whether to open the vault. Without it there are no names of persons, birth days, external
            identifiers and notes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[Freight, Path] = {}
    with service.reading() as reading:
        if form is Form.WORKBOOK:
            path = folder / WORKBOOK
            tables = {freight: _headed(reading, service.vault, freight, with_names=with_names) for freight in Freight}
            return dict.fromkeys(write_workbook(path, tables), path)
        for freight in Freight:
            path = folder / f"{freight}.{form}"
            lines = 0
            with path.open("w", encoding="utf-8", newline="") as file:
                for line in _lines(reading, service.vault, freight, form, with_names=with_names):
                    file.write(line)
                    lines += 1
            if lines > (form is Form.CSV):
                written[freight] = path
            else:
                # A file without rows is one that nobody could tell from one that was cut off.
                path.unlink()
    return written


def exported_lines(
    service: TrustService, freight: Freight, *, form: Form = Form.CSV, with_names: bool = False
) -> Iterator[str]:
    """Give the lines of one kind of freight, each with its end; see `export`."""
    with service.reading() as reading:
        yield from _lines(reading, service.vault, freight, form, with_names=with_names)


def _lines(reading: Reading, vault: Vault, freight: Freight, form: Form, *, with_names: bool) -> Iterator[str]:
    def rows() -> Iterator[Cells]:
        return _ROWS[freight](reading, vault if with_names else None)

    if form is Form.JSON_LINES:
        return map(_json_line, rows())
    return _table(*_headed(reading, vault, freight, with_names=with_names))


def _headed(reading: Reading, vault: Vault, freight: Freight, *, with_names: bool) -> tuple[list[str], Iterator[Cells]]:
    """Give the header of a table, and its rows."""
    opened = vault if with_names else None
    known = COLUMNS[freight].known
    # Which attributes and schemes of identifiers there are is only known when all rows have been seen.
    more = sorted({name for row in _ROWS[freight](reading, opened) for name in row} - set(known))
    return [*known, *more], _ROWS[freight](reading, opened)


def _table(header: list[str], rows: Iterable[Cells]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        yield text.getvalue()
        text.seek(0)
        text.truncate()
        writer.writerow(row)
    yield text.getvalue()


def _json_line(row: Cells) -> str:
    line: dict[str, object] = {name: cell for name, cell in row.items() if not name.startswith(EXTERNAL)}
    external = {name.removeprefix(EXTERNAL): cell for name, cell in row.items() if name.startswith(EXTERNAL)}
    if isinstance(codes := line.get(LISTED), str):
        line[LISTED] = codes.split()
    if external:
        line[EXTERNAL_FIELD] = external
    return orjson.dumps(line).decode() + "\n"


def _chunks(rows: Iterator[Subject]) -> Iterator[list[Subject]]:
    while chunk := list(islice(rows, ROWS_PER_PAGE)):
        yield chunk


def _filled(**cells: str | date | None) -> dict[str, str]:
    return {name: str(cell) for name, cell in cells.items() if cell is not None}


# -- The four kinds ----------------------------------------------------------------------------------------------------


def _subjects(reading: Reading, vault: Vault | None) -> Iterator[Cells]:
    """List subjects in order of id."""

    def pages(*, after: str | None, limit: int) -> list[Subject]:
        return reading.subjects(kinds=(), after=after, limit=limit)

    for chunk in _chunks(every(pages, lambda subject: subject.id)):
        profiles = vault.profiles_of([subject.id for subject in chunk]) if vault else {}
        # What a person exists since may have been derived from a birth day: only what was stated is exported.
        entries = reading.entries_of([f"subject/{subject.id}" for subject in chunk])
        said = {entry.asked["subject"]: entry.asked for entry in entries.values()}
        said.update(imported(reading, [subject for subject in chunk if subject.id not in said]))
        for subject in chunk:
            yield _subject(subject, profiles.get(subject.id, Profile()), said[subject.id].get("since"))


def _subject(subject: Subject, profile: Profile, since: str | None) -> Cells:
    cells = _filled(
        id=subject.id,
        kind=subject.kind,
        name=profile.name if subject.kind in PERSONAL_KINDS else subject.name,
        born_on=profile.born_on,
        since=since,
    )
    return cells | {f"{EXTERNAL}{scheme}": value for scheme, value in sorted(profile.identifiers.items())}


def _ties(reading: Reading, vault: Vault | None) -> Iterator[Cells]:  # noqa: ARG001 - ties are no secret
    """List ties in order of id; those that were voided are left out."""
    editions = reading.editions()
    for tie in every(reading.ties, lambda tie: tie.id):
        if tie.voided_on is None:
            yield _tie(tie, editions)


def _tie(tie: Tie, editions: list[Edition]) -> Cells:
    cells = _filled(id=tie.id, kind=tie.kind, source=tie.source, target=tie.target, since=tie.since, until=tie.until)
    kinds = [edition.policy.tie_kinds[tie.kind] for edition in editions if tie.kind in edition.policy.tie_kinds]
    types = {name: type_ for kind in kinds for name, type_ in kind.attributes.items()}
    return cells | {name: _attribute(types.get(name), value) for name, value in tie.attributes.items()}


def _attribute(declared: AttributeType | None, value: str | int) -> str:
    if declared is AttributeType.AMOUNT:
        return format_points(int(value))
    if declared is AttributeType.PERCENT:
        return format_points(int(value) * 10_000)
    return str(value)


def _consents(reading: Reading, vault: Vault | None) -> Iterator[Cells]:  # noqa: ARG001 - consents are no secret
    """List consents in order of id; those that were voided are left out.

    So are those that forgotten persons gave for themselves: nobody knows any more that they were of age.
    """
    consents = every(reading.consents, lambda consent: consent.id)
    while chunk := list(islice(consents, ROWS_PER_PAGE)):
        subjects = reading.subjects_of([consent.subject for consent in chunk])
        for consent in chunk:
            given_alone = consent.guardian is None and subjects[consent.subject].kind in PERSONAL_KINDS
            if consent.voided_on is None and not (given_alone and subjects[consent.subject].until is not None):
                yield _consent(consent)


def _consent(consent: Consent) -> Cells:
    return _filled(
        id=consent.id,
        subject=consent.subject,
        guardian=consent.guardian,
        purpose=consent.purpose,
        since=consent.since,
        until=consent.until,
    )


def _records(reading: Reading, vault: Vault | None) -> Iterator[Cells]:
    """List records in the order in which they were approved, which limits, tiers and repetitions look back on.

    Those that wait for a decision stand where they were filed.
    """
    editions = {edition.number: edition for edition in reading.editions()}
    after = 0
    while entries := reading.entries(after=after, limit=ENTRIES_PER_PAGE):
        after = entries[-1].seq
        records = reading.records_of([name for entry in entries for name in _told(entry)])
        for entry in entries:
            for record in map(records.__getitem__, _told(entry)):
                approved_on = _approved_on(record, editions[record.edition])
                stands = EntryKind.RECORD_FILED if approved_on is None else EntryKind.RECORD_APPROVED
                # What an import brought was filed and approved by one entry.
                here = entry.kind in {stands, EntryKind.RECORDS_IMPORTED}
                if here and record.state not in _LEFT_OUT and not _comes_again(record):
                    yield _record(record, approved_on, _note(vault, record))


def _told(entry: Entry) -> list[str]:
    """Give the records that an entry filed or approved, in order."""
    match entry.kind:
        case EntryKind.RECORD_FILED | EntryKind.RECORD_APPROVED:
            return [entry.asked["record"]]
        case EntryKind.RECORDS_IMPORTED:
            return [row[SAID.index("id")] for row in entry.asked["rows"]]
        case _:
            return []


def _comes_again(record: Record) -> bool:
    """Tell whether a derived record is filed again with its source when that is loaded, or waits for a decision."""
    origin = record.origin
    return origin is not None and (origin.record is not None or record.state not in _DECIDED)


def _approved_on(record: Record, edition: Edition) -> date | None:
    """Give the day of approval that lets the record enter force, when it is imported, on the day on which it did here.

    For a demerit that is the day of its notice. None where it waits for its approval, its notice, or a decision: there
    it has to be decided again.
    """
    if record.state not in _DECIDED or record.force_on is None:
        return None
    if record.origin is not None:
        # What a bridge files waits for no notice.
        return record.approved_on
    adverse = record.points < 0 or record.grade is not None
    notice_days = edition.policy.schemes[record.scheme].notice_days
    # Assessed again since, it may be a demerit that was none when it was approved: then there was no notice.
    return max(record.force_on - timedelta(days=notice_days), record.happened_on) if adverse else record.approved_on


def _record(record: Record, approved_on: date | None, note: str | None) -> Cells:
    return _filled(
        id=record.id,
        subject=record.subject,
        scheme=record.scheme,
        rule=record.rules_filed[0],
        matching=" ".join(record.asked_rules[1:]) or None,
        happened_on=record.happened_on,
        quantity=None if record.quantity is None else format_points(record.quantity),
        points=None if record.asked_points is None else format_points(record.asked_points),
        approved_on=approved_on,
        note=note,
        filer=None if record.origin else record.filer,
        approver=None if approved_on is None or record.origin else record.approver,
        bridge=None if record.origin is None else _bridge(record.origin),
        replaces=record.replaces,
    )


def _bridge(origin: Origin) -> str:
    return f"{origin.scheme}/{origin.bridge}/{origin.period_end}"


def _note(vault: Vault | None, record: Record) -> str | None:
    if vault is None:
        return None
    ref = f"record/{record.id}"
    text = vault.read([record.subject], DataClass.TEXT, ref).get((record.subject, ref))
    return None if text is None else text.decode()


_ROWS: dict[Freight, Callable[[Reading, Vault | None], Iterator[Cells]]] = {
    Freight.SUBJECTS: _subjects,
    Freight.TIES: _ties,
    Freight.CONSENTS: _consents,
    Freight.RECORDS: _records,
}
