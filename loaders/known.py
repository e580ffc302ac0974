"""What the store holds around an organisation, as far as a roster of it speaks of that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import islice

from graph_service.model.subjects import PERSONAL_KINDS, Subject, SubjectKind
from graph_service.model.ties import Tie
from graph_service.ports.store import Reading
from graph_service.ports.vault import Profile, Vault
from loaders.shapes import OF, Bond, Shape

_IDS_AT_A_TIME = 500


class Known:
    """Subjects, names, numbers and ties around an organisation, as they hold on a day.

    Args:
        reading: Of one moment.
        vault: For names and numbers of persons.
        shape: What the roster speaks of.
        of: The organisation.
        day: The day on which what the roster says is to hold.
    """

    def __init__(self, reading: Reading, vault: Vault, shape: Shape, of: str, day: date) -> None:
        self._reading, self._vault, self._shape, self._of, self._day = reading, vault, shape, of, day
        self.subjects: dict[str, Subject] = {}
        self.profiles: dict[str, Profile] = {}
        self.holders: dict[tuple[str, str], str] = {}
        #: Ties that hold, by kind, source and target.
        self.ties: dict[tuple[str, str, str], Tie] = {}
        self.by_source: dict[tuple[str, str], list[Tie]] = defaultdict(list)
        self.by_target: dict[tuple[str, str], list[Tie]] = defaultdict(list)
        #: Who bears a name, by circle and by the subject within which names tell.
        self.named: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        #: The organisation and what is part of it.
        self.inside = {of}
        self._asked: set[str] = set()
        self._look_around()
        for tie in list(self.ties.values()):
            self._name(tie)

    def _look_around(self) -> None:
        """Look at the organisation, at what is tied to it, and at the parts of those parts."""
        kinds = {party.kind for party in self._shape.parties}
        ring = self._open([self._of])
        for _ in range(2):
            ring = self._open({id_ for id_ in ring if self.subjects[id_].kind in kinds})
            ring = {id_ for id_ in ring if self.subjects[id_].kind is not SubjectKind.PERSON}

    def look_at(self, ids: Collection[str]) -> None:
        """Learn of subjects that may be known elsewhere, and of their ties."""
        self._open(ids)

    def holder_of(self, scheme: str, value: str) -> str | None:
        """Tell whose number this is, if it is that of somebody who is enrolled."""
        holder = self.holders.get((scheme, value)) or self._vault.subject_with(scheme, value)
        if holder is not None and holder not in self.profiles:
            self.profiles.update(self._vault.profiles_of([holder]))
        return holder

    def is_enrolled(self, id_: str) -> bool:
        """Tell whether the store knows a subject."""
        if id_ not in self.subjects:
            self.subjects.update(self._reading.subjects_of([id_]))
        return id_ in self.subjects

    def _open(self, ids: Iterable[str]) -> set[str]:
        """Read the ties around subjects; give those at the other ends."""
        found: set[str] = set()
        for chunk in _chunks(sorted(set(ids) - self._asked)):
            self._asked.update(chunk)
            for ties in self._reading.ties_around(chunk).values():
                for tie in ties:
                    if tie.voided_on is None and (tie.until is None or tie.until > self._day):
                        self._hold(tie)
                        found |= {tie.source, tie.target}
        for chunk in _chunks(sorted({*found, *ids} - self.subjects.keys())):
            self.subjects.update(self._reading.subjects_of(chunk))
        for chunk in _chunks(sorted(id_ for id_ in found if id_ not in self.profiles)):
            read = self._vault.profiles_of([id_ for id_ in chunk if self.subjects[id_].kind in PERSONAL_KINDS])
            self.profiles.update(read)
            for id_, profile in read.items():
                self.holders.update(dict.fromkeys(profile.identifiers.items(), id_))
        return found

    def _hold(self, tie: Tie) -> None:
        key = (tie.kind, tie.source, tie.target)
        if key not in self.ties:
            self.ties[key] = tie
            self.by_source[tie.kind, tie.source].append(tie)
            self.by_target[tie.kind, tie.target].append(tie)

    def _name(self, tie: Tie) -> None:
        for bond in self._shape.bonds:
            party = self._shape.party(bond.source)
            if (tie.kind, tie.source_kind) == (bond.kind, party.kind) and self._reaches(bond, tie):
                scope = self._of if party.within == OF else tie.target
                if name := self.name_of(tie.source):
                    self.named[party.known_as, scope, name].add(tie.source)
                if party.kind != SubjectKind.PERSON:
                    self.inside.add(tie.source)

    def _reaches(self, bond: Bond, tie: Tie) -> bool:
        """Tell whether a tie leads where a bond does: into the organisation, or to where names tell."""
        party = self._shape.party(bond.source)
        if party.within not in {OF, *bond.targets}:
            return False
        kinds = {self._shape.party(code).kind for code in bond.targets if code != OF}
        return tie.target in self.inside or tie.target_kind in kinds

    def name_of(self, id_: str) -> str | None:
        """Give the name of a subject, from the journal or from the vault."""
        profile = self.profiles.get(id_)
        return (profile.name if profile else None) or self.subjects[id_].name


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _IDS_AT_A_TIME)):
        yield chunk
