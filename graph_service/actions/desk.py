"""The desk: what an action is handed to read from and write on, under the journal's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from graph_service.errors import AlreadyDecided, Backdated, DaysReversed, ExistsDifferently, ReasonMissing
from graph_service.lookups.book import edition_of, living_subject
from graph_service.lookups.imported import row_of
from graph_service.model.actors import checked_person
from graph_service.model.consents import Consent
from graph_service.model.journal import IMPORTS, Draft, Entry, EntryKind, Value, place
from graph_service.model.records import LATEST, Moment, Record
from graph_service.model.subjects import Subject
from graph_service.model.ties import Tie
from graph_service.policy.schemes import Policy
from graph_service.ports.store import Page
from graph_service.ports.vault import DataClass, Profile, Vault, VaultItem
from graph_service.projection.codec import said_of
from graph_service.projection.project import project


@dataclass(slots=True)
class Envelope:
    """Personal data that goes to the vault before the page is committed."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    #: Texts by (subject, ref).
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Subjects whose keys are to be destroyed once the page is committed.
    erasures: list[str] = field(default_factory=list)
    #: Subjects by (scheme, value) of their identifiers.
    holders: dict[tuple[str, str], str] = field(default_factory=dict)

    def put_profile(self, subject: str, profile: Profile) -> None:
        """Put a profile in."""
        self.profiles[subject] = profile
        self.holders.update(dict.fromkeys(profile.identifiers.items(), subject))

    def add(self, other: Envelope) -> None:
        """Put another envelope's contents in."""
        self.profiles.update(other.profiles)
        self.texts.update(other.texts)
        self.holders.update(other.holders)
        self.erasures.extend(other.erasures)

    def seal(self, vault: Vault) -> None:
        """Write the contents to the vault, durably."""
        if self.profiles:
            vault.put_profiles(self.profiles)
        if self.texts:
            vault.put(
                [
                    VaultItem(subject=subject, data_class=DataClass.TEXT, ref=ref, content=text.encode())
                    for (subject, ref), text in self.texts.items()
                ]
            )


@dataclass(slots=True)
class Desk:
    """One page of the journal, the vault beside it, and the day."""

    page: Page
    vault: Vault
    today: date
    #: Of this request, and of the requests before it on the same page.
    envelope: Envelope = field(default_factory=Envelope)
    sent: Envelope = field(default_factory=Envelope)

    @property
    def tomorrow(self) -> date:
        """The first day on which what is entered today can hold."""
        return self.today + timedelta(days=1)

    @property
    def now(self) -> Moment:
        """Everything that is known, at the end of today."""
        return Moment(self.today, LATEST)

    # Writing

    def repeated(self, id_: str, asked: Mapping[str, Value], *, by: str | None = None) -> Entry | None:
        """Find the entry that this id gave before; None where it is new.

        Args:
            id_: Of the entry.
            asked: What the caller says now.
            by: Which part of it names who decides: the first decision stands, whoever comes later.

        Raises:
            AlreadyDecided: Somebody else took this very step.
            ExistsDifferently: The same id said something else; the field is named.
        """
        entry = self.page.entries_of([id_]).get(id_)
        if entry is None:
            return None
        if by is not None and entry.asked[by] != asked[by]:
            raise AlreadyDecided(
                id=plain_id(id_),
                step=entry.kind.rpartition("_")[2],
                person=entry.asked[by],
                on=entry.entered_on.isoformat(),
            )
        same_asked(plain_id(id_), entry.asked, asked)
        return entry

    def reasoned(
        self, id_: str, asked: Mapping[str, Value], *, subject: str, reason: str, by: str | None = None
    ) -> Entry | None:
        """Find the entry that a step with a reason gave before; where it is new, keep its reason in the vault.

        Raises:
            ReasonMissing: The reason is blank.
            AlreadyDecided: Somebody else took this very step.
            ExistsDifferently: The same id said something else, or gave another reason.
        """
        if not reason.strip():
            raise ReasonMissing(field="reason")
        repeated = self.repeated(id_, asked, by=by)
        if repeated is None:
            self.keep_text(subject, id_, reason)
        else:
            self.same_text(subject, id_, reason, field="reason")
        return repeated

    def repeated_row(self, held: Subject | Tie | Consent | Record | None, asked: Mapping[str, Value]) -> Entry | None:
        """Find the import that brought what is held already; None where nothing is, or it came by itself.

        Raises:
            ExistsDifferently: The import's row said something else; the field is named.
        """
        if held is None or (isinstance(held, Record) and held.approved_on is None):
            # A row brings a record that is approved.
            return None
        entry = self.page.entries(after=held.seq - 1, limit=1)[0]
        if isinstance(held, Record):
            if entry.kind is not EntryKind.RECORDS_IMPORTED:
                return None
            filed, approved = said_of(held)
            said: Mapping[str, Value] = approved if "approver" in asked else filed
        elif entry.kind in IMPORTS:
            said = row_of(entry, held.id)
        else:
            return None
        same_asked(held.id, said, asked)
        return entry

    def write(
        self,
        id_: str,
        kind: EntryKind,
        actor: str,
        asked: Mapping[str, Value],
        outcome: Mapping[str, Value] | None = None,
    ) -> Entry:
        """Write an entry behind the head and bring every view up to it.

        Raises:
            ActorReserved: The actor takes the name of what acts by itself.
            IdMalformed, IdPersonal: The actor is not named by an id; names of people have no place in the journal.
        """
        draft = Draft(id=id_, kind=kind, actor=checked_person(actor, "actor"), asked=asked, outcome=outcome or {})
        head = self.page.head()
        entry = place(draft, head, max(self.today, head.entered_on or self.today))
        project(self.page, entry)
        return entry

    def keep_text(self, subject: str, ref: str, text: str | None) -> None:
        """Keep a free text about a subject where personal data belongs: in the vault.

        Of who was forgotten nothing more is kept.
        """
        if text and not self.forgotten(subject):
            self.envelope.texts[subject, ref] = text

    def same_text(self, subject: str, ref: str, text: str | None, *, field: str) -> None:
        """Refuse a repetition that comes with another text than the first time.

        Of who was forgotten nothing is left to compare it with.
        """
        held = self.sent.texts.get((subject, ref))
        if held is None:
            kept = self.vault.read([subject], DataClass.TEXT, ref)
            held = kept.get((subject, ref), b"").decode()
        if held != (text or "") and not self.forgotten(subject):
            raise ExistsDifferently(id=plain_id(ref), field=field)

    def forgotten(self, subject: str) -> bool:
        """Tell whether a subject that is enrolled was forgotten: its part of the vault is gone, or about to go."""
        held = self.page.subjects_of([subject]).get(subject)
        return held is not None and held.until is not None

    def profile(self, subject: str) -> Profile:
        """Give what the vault holds of a subject, or will hold when this page is kept."""
        held = self.sent.profiles.get(subject)
        return held or self.vault.profiles_of([subject]).get(subject, Profile())

    def holder_of(self, scheme: str, value: str) -> str | None:
        """Tell whose external identifier this is, or will be when this page is kept."""
        named = (scheme, value)
        held = self.envelope.holders.get(named) or self.sent.holders.get(named)
        return held or self.vault.subject_with(scheme, value)

    # Finding

    def subject(self, id_: str, *, field: str = "subject") -> Subject:
        """Find a subject that something new may be said of."""
        return living_subject(self.page, id_, self.today, field=field)

    def policy(self) -> Policy:
        """The policy of today."""
        return edition_of(self.page, self.today).policy

    # Days

    def overnight(self, since: date, *, history: bool, field: str) -> None:
        """Refuse a change that would hold before tomorrow, unless it is an import of history."""
        if since < self.tomorrow and not history:
            raise Backdated(earliest=self.tomorrow.isoformat(), field=field)


def plain_id(entry: str) -> str:
    """Give the id that the caller knows a thing by, out of an entry's id.

    >>> plain_id("record/r1/approved"), plain_id("tie/t7")
    ('r1', 't7')
    """
    return entry.split("/")[1]


def same_asked(id_: str, said: Mapping[str, Value], asked: Mapping[str, Value]) -> None:
    """Refuse a repetition that says something else than the first time.

    Raises:
        ExistsDifferently: With the first field that differs, in alphabetical order.
    """
    for name in sorted({*said, *asked}):
        if said.get(name) != asked.get(name):
            raise ExistsDifferently(id=id_, field=name)


def given(**values: Value | date) -> dict[str, Value]:
    """Write down what the caller said, as the journal keeps it: days as texts, and nothing that was not said.

    What was left to the day of asking is not part of it, so that asking again tomorrow is asking the same.

    >>> given(tie="t1", since=date(2026, 3, 2), until=None)
    {'tie': 't1', 'since': '2026-03-02'}
    """
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
        if value is not None
    }


def open_end(until: date | None) -> date | None:
    """Read the last day that there is as no end at all, as sheets write it.

    >>> open_end(date(9999, 12, 31)) is None
    True
    """
    return None if until == date.max else until


def check_span(since: date, until: date | None) -> None:
    """Refuse an end that does not come after its start."""
    if until is not None and until <= since:
        raise DaysReversed(since=since.isoformat(), until=until.isoformat(), field="until")
