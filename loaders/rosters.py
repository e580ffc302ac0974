"""Rosters: from rows that speak of several at once to subjects and ties, new or ended, one each.

Who is meant is found in this order: by a number, which is kept as an external identifier; by a name among those who are
known here; and else it is somebody new. The id of somebody new stands for the organisation and the number, or the name
where there is none, under the vault's key: the same roster gives the same ids again, and nobody can try numbers out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from graph_service.errors import Refusal
from graph_service.model.subjects import SubjectKind
from graph_service.model.ties import Tie
from graph_service.ports.vault import Vault
from loaders.cells import Cells
from loaders.faults import Faults
from loaders.freight import Freight, Source
from loaders.item import Item, Line
from loaders.known import Known
from loaders.refusals import CellEmpty, NameAmbiguous, NumberOfAnother, NumberTwice, RosterContradicts
from loaders.remarks import ColumnPassedOver, RosterLacks, RosterLacksEnded, Told
from loaders.row import Row, Rows
from loaders.shapes import OF, Bond, Party, Shape
from loaders.subjects import SubjectItem
from loaders.ties import TieEndItem, TieItem

#: Persons that a remark names.
NAMED_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterTerms:
    """What the caller says of the rosters of a run."""

    #: The id of the organisation whose rosters they are.
    of: str | None = None
    #: The first day of new ties; the day after today where it is not said.
    since: date | None = None
    #: Whether who does not stand in them no longer belongs.
    complete: bool = False


@dataclass(slots=True, kw_only=True)
class Drawn:
    """What rosters come to."""

    lines: list[Line] = field(default_factory=list)
    #: What the store holds already, by freight and kind.
    left: Counter[tuple[Freight, str]] = field(default_factory=Counter)
    told: list[Told] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something stands, and how faults there are noted."""

    rows: Rows
    row: Row
    cells: Cells

    def title(self, column: str) -> str:
        """Give the title of a column as it stands in the file."""
        return self.rows.titles.get(column, column)

    def fault(self, column: str, refusal: Refusal) -> None:
        """Note a fault at a column."""
        self.cells.fault(self.title(column), refusal)

    def line(self, freight: Freight, item: Item, titles: Mapping[str, str]) -> Line:
        """Make a line of an item."""
        source = self.rows.source
        placed = Source(path=source.path, place=source.place, form=source.form, freight=freight, sheet=source.sheet)
        return Line(placed, self.row.line, item, {field_: self.title(code) for field_, code in titles.items()})


@dataclass(slots=True)
class _Wanted:
    """A tie that a row tells of."""

    bond: Bond
    place: _Place
    role: str | None
    since: date | None


class Drawing:
    """Draws the rosters of one shape and one organisation; all sheets of a run are one roster.

    Args:
        shape: How they are read.
        of: The organisation.
        kind: Its kind.
        known: What is known around it.
        vault: For the digits of new ids.
        terms: What the caller says.
        today: The day of the run.
        faults: Where to note what cannot be.
    """

    def __init__(
        self,
        shape: Shape,
        of: str,
        kind: str,
        known: Known,
        vault: Vault,
        *,
        terms: RosterTerms,
        today: date,
        faults: Faults,
    ) -> None:
        self._kind = kind
        self._shape, self._of, self._known, self._vault, self._faults = shape, of, known, vault, faults
        self._terms, self._tomorrow = terms, today + timedelta(days=1)
        self._drawn = Drawn()
        self._subjects: dict[str, tuple[SubjectItem, _Place]] = {}
        self._left: set[str] = set()
        self._numbered: dict[tuple[str, str], tuple[str, str, int]] = {}
        self._named: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        #: Lines of rows about somebody who is known by name alone.
        self._mains: dict[str, int] = {}
        self._wanted: dict[tuple[str, str, str], _Wanted] = {}
        self._ones: dict[tuple[int, str], tuple[str, int]] = {}
        self._ended: set[str] = set()

    def draw(self, sheets: Sequence[Rows]) -> Drawn:
        """Draw all sheets; give the lines in the order in which they are entered."""
        places = [_Place(rows, row, Cells(rows.source, row, self._faults)) for rows in sheets for row in rows.rows]
        numbered = [self._with_numbers(place) for place in places]
        for place, ids in zip(places, numbered, strict=True):
            self._complete(place, ids)
        self._known.look_at({id_ for key in self._wanted for id_ in key[1:]})
        for (_, source, target), wanted in self._wanted.items():
            self._tie(source, target, wanted)
        self._tell_of_absent(sheets)
        lines = [
            place.line(Freight.SUBJECTS, item, self._subject_titles(item)) for item, place in self._subjects.values()
        ]
        self._drawn.lines[:0] = lines
        for id_ in self._left:
            self._drawn.left[Freight.SUBJECTS, str(self._known.subjects[id_].kind)] += 1
        for rows in sheets:
            self._tell_of_columns(rows)
        return self._drawn

    def _subject_titles(self, item: SubjectItem) -> dict[str, str]:
        for party in self._shape.parties:
            if party.kind == item.kind and item.id.startswith(f"{party.prefix}-"):
                schemes = {party.scheme: party.number} if party.scheme and party.number else {}
                if not item.external_ids or schemes.keys() & item.external_ids.keys():
                    return {"name": party.name, "born_on": party.born_on or "", **schemes}
        return {}

    # Who is meant

    def _with_numbers(self, place: _Place) -> dict[str, str]:
        """Find those of a row who have numbers, and organisations, which have names of their own."""
        ids: dict[str, str] = {OF: self._of}
        for party in self._shape.parties:
            cells = place.row.cells
            if party.number and party.number in cells:
                found = self._by_number(place, party, ids)
            elif party.kind != SubjectKind.PERSON and party.name in cells and party.within in ids and not party.number:
                found = self._by_name(place, party, ids[party.within])
            else:
                continue
            if found is not None:
                ids[party.code] = found
        return ids

    def _complete(self, place: _Place, ids: dict[str, str]) -> None:
        """Find the others of a row by their names, and note the ties that it tells of."""
        for column in self._shape.columns:
            if (
                column.needed
                and not place.row.flawed
                and column.code not in place.row.cells
                and column.code != self._shape.main.number
            ):
                place.fault(column.code, CellEmpty(column=place.title(column.code)))
        for party in self._shape.parties:
            if party.code not in ids and party.name in place.row.cells and party.within in ids:
                found = self._by_name(place, party, ids[party.within])
                if found is not None:
                    ids[party.code] = found
        since = place.cells.day(self._shape.since) if self._shape.since in place.row.cells else None
        if place.cells.sound:
            self._want(place, ids, since or self._terms.since)

    def _by_number(self, place: _Place, party: Party, ids: Mapping[str, str]) -> str | None:
        assert party.number is not None
        assert party.scheme is not None
        number, name = place.row.cells[party.number], place.row.cells.get(party.name)
        key = party.scheme, f"{self._of}/{number}" if party.scoped else number
        earlier = self._numbered.get(key)
        if earlier is not None:
            id_, known_name, line = earlier
            if name is not None and name != known_name and party.kind == SubjectKind.PERSON:
                place.fault(party.number, NumberTwice(number=number, name=name, other=known_name, line=line))
                return None
        else:
            id_ = self._known.holder_of(*key) or self._new_id(party, *key)
            held_name = self._known.name_of(id_) if self._known.is_enrolled(id_) else name
            if held_name is None and place.row.flawed:
                return None
            if held_name is None:
                place.fault(party.name, CellEmpty(column=place.title(party.name)))
                return None
            known_name = held_name
            if name is not None and name != known_name and party.kind == SubjectKind.PERSON:
                place.fault(party.number, NumberOfAnother(number=number, id=id_, name=name))
                return None
            self._numbered[key] = id_, known_name, place.row.line
        self._take(place, party, id_, name or known_name, {key[0]: key[1]})
        if party.within in ids:
            self._named[party.known_as, ids[party.within], name or known_name].add(id_)
        return id_

    def _by_name(self, place: _Place, party: Party, scope: str) -> str | None:
        name = place.row.cells[party.name]
        key = party.known_as, scope, name
        bearers = self._named[key] | self._known.named.get(key, set())
        id_ = next(iter(bearers)) if bearers else self._new_id(party, scope, name)
        count = len(bearers)
        if party.main and (id_ in self._mains or self._named[key]):
            # A second row of one name, one of the two without a number, may be the same person or another.
            count = max(count, 1) + 1
        if count > 1:
            place.fault(party.name, NameAmbiguous(name=name, count=count))
            return None
        if party.main:
            self._mains[id_] = place.row.line
        self._take(place, party, id_, name, {})
        return id_

    def _new_id(self, party: Party, scope: str, told: str) -> str:
        return f"{party.prefix}-{self._vault.pseudonym(f'{party.known_as} {scope} {told}')}"

    def _take(self, place: _Place, party: Party, id_: str, name: str, identifiers: Mapping[str, str]) -> None:
        """Take somebody up: as known, or as new, with what the row says."""
        born_on = place.cells.day(party.born_on) if party.born_on and party.born_on in place.row.cells else None
        if self._known.is_enrolled(id_):
            self._left.add(id_)
            profile = self._known.profiles.get(id_)
            if born_on is not None and profile is not None and profile.born_on not in {None, born_on}:
                place.fault(party.born_on or "", NumberOfAnother(number=name, id=id_, name=str(born_on)))
            return
        if id_ in self._subjects:
            item, first = self._subjects[id_]
            if born_on is not None and item.born_on not in {None, born_on}:
                column = party.born_on or ""
                place.fault(column, RosterContradicts(who=name, column=place.title(column), line=first.row.line))
            if born_on is None or item.born_on is not None:
                return
        item = SubjectItem(
            id=id_, kind=party.kind, name=name + party.suffix, born_on=born_on, since=None, external_ids=identifiers
        )
        self._subjects[id_] = item, place

    # What holds

    def _want(self, place: _Place, ids: Mapping[str, str], since: date | None) -> None:
        for number, bond in enumerate(self._shape.bonds):
            source = ids.get(bond.source)
            target = next((ids[code] for code in bond.targets if code in ids), None)
            if source is None or target is None or source == target or not _is_told(bond, place.row):
                continue
            if bond.one:
                one, other = (source, target) if bond.one == "source" else (target, source)
                first, line = self._ones.setdefault((number, one), (other, place.row.line))
                if first != other:
                    code = bond.targets[0] if bond.one == "source" else bond.source
                    column = self._shape.party(code).name
                    who = place.row.cells.get(self._shape.party(bond.source).name, one)
                    place.fault(column, RosterContradicts(who=who, column=place.title(column), line=line))
                    continue
            role = bond.role or place.row.cells.get(bond.role_from or "")
            self._wanted.setdefault((bond.kind, source, target), _Wanted(bond, place, role, since))

    def _tie(self, source: str, target: str, wanted: _Wanted) -> None:
        bond, place = wanted.bond, wanted.place
        held = self._known.ties.get((bond.kind, source, target))
        if held is not None and wanted.role in {None, held.attributes.get("role")}:
            self._drawn.left[Freight.TIES, bond.kind] += 1
            return
        since = wanted.since or self._tomorrow
        for rival in [held] if held is not None else self._rivals(bond, source, target, wanted.role):
            self._end(place, rival, since)
        item = TieItem(
            id=f"t-{self._vault.pseudonym(f'{bond.kind} {source} {target} {since}')}",
            kind=bond.kind,
            source=source,
            target=target,
            since=since,
            until=None,
            attributes={"role": wanted.role} if wanted.role else {},
        )
        far = next((code for code in bond.targets if code != OF), bond.source)
        titles = {"source": self._shape.party(bond.source).name, "target": self._shape.party(far).name}
        self._drawn.lines.append(place.line(Freight.TIES, item, {**titles, "since": self._shape.since}))

    def _rivals(self, bond: Bond, source: str, target: str, role: str | None) -> list[Tie]:
        """List the ties that a new one ends; those to other organisations are not this one's to end."""
        if bond.one == "target":
            into = self._known.by_target.get((bond.kind, target), [])
            return [tie for tie in into if tie.source != source and tie.attributes.get("role") == role]
        if bond.one == "source":
            kinds = {self._kind_of(code) for code in bond.targets}
            from_ = self._known.by_source.get((bond.kind, source), [])
            return [
                tie
                for tie in from_
                if tie.target != target and tie.target_kind in kinds and tie.target in self._known.inside
            ]
        return []

    def _kind_of(self, code: str) -> str:
        return self._kind if code == OF else self._shape.party(code).kind

    def _end(self, place: _Place, tie: Tie, until: date) -> None:
        if tie.id in self._ended:
            return
        self._ended.add(tie.id)
        item = TieEndItem(tie=tie.id, kind=tie.kind, until=until, void=tie.since >= until)
        self._drawn.lines.append(place.line(Freight.TIES, item, {}))

    # What is told

    def _tell_of_absent(self, sheets: Sequence[Rows]) -> None:
        belonging = [bond for bond in self._shape.bonds if bond.belonging]
        kinds = {(bond.kind, self._kind_of(code)) for bond in belonging for code in bond.targets}
        main = self._shape.main
        present = {source for kind, source, _ in self._wanted if any(bond.kind == kind for bond in belonging)}
        absent = sorted(
            {
                tie.source
                for tie in self._known.ties.values()
                if (tie.kind, tie.target_kind) in kinds
                and tie.target in self._known.inside
                and tie.source_kind == main.kind
            }
            - present
        )
        if not absent:
            return
        who = ", ".join(self._called(id_) for id_ in absent[:NAMED_MAX]) + (", …" if len(absent) > NAMED_MAX else "")
        remark = (RosterLacksEnded if self._terms.complete else RosterLacks)(count=len(absent), of=self._of, who=who)
        self._drawn.told.append(Told(file=sheets[0].source.name, remark=remark))
        if self._terms.complete:
            self._end_all(sheets[0], absent)

    def _end_all(self, rows: Rows, absent: Sequence[str]) -> None:
        place = _Place(rows, Row(0, {}), Cells(rows.source, Row(0, {}), self._faults))
        main_kinds = {bond.kind for bond in self._shape.bonds if bond.source == self._shape.main.code}
        for id_ in absent:
            for kind in sorted(main_kinds):
                for tie in self._known.by_source.get((kind, id_), []):
                    if tie.target in self._known.inside:
                        self._end(place, tie, self._tomorrow)

    def _called(self, id_: str) -> str:
        """Call somebody as the office does that keeps the roster: by number where there is one."""
        main = self._shape.main
        profile = self._known.profiles.get(id_)
        value = profile.identifiers.get(main.scheme or "") if profile else None
        return value.removeprefix(f"{self._of}/") if value else id_

    def _tell_of_columns(self, rows: Rows) -> None:
        if rows.passed_over:
            known = ", ".join(column.titles[0] for column in self._shape.columns)
            remark = ColumnPassedOver(columns=", ".join(rows.passed_over), shape=self._shape.code, known=known)
            self._drawn.told.append(Told(file=rows.source.name, remark=remark))


def _is_told(bond: Bond, row: Row) -> bool:
    if bond.when is None:
        return True
    column, words = bond.when
    return row.cells.get(column, "").casefold() in words
