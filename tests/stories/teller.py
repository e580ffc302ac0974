"""The teller: plays the lines of a story against a store.

A line is a verb and its words; `on`, `by`, `since` and their like introduce what belongs to them. There are no
variables and no loops: whoever wants a loop wants a property (tests/properties).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from functools import partial

from graph_service.actions import adopt, connect, consent, decide, enrol, file_record
from graph_service.errors import Refusal
from graph_service.lookups import preview, shares, standing, statement
from graph_service.lookups.book import moment_of
from graph_service.model.points import format_points, parse_points
from graph_service.model.standing import Share, Standing
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.ports.store import Reading, Store
from graph_service.service import TrustService
from tests.doubles import HandClock, PlainVault

#: Words that introduce what belongs to them, and how that is read.
WORDS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("on", "since", "until", "born", "approved"), date.fromisoformat),
    **dict.fromkeys(("by", "to", "of", "in", "asked", "before"), str),
    "because": lambda word: word.replace("-", " "),
    "quantity": parse_points,
}
#: Verbs that change things: the action, the words behind the verb, and what other words mean to the action.
ACTIONS: dict[str, tuple[Callable[..., object], str, dict[str, str]]] = {
    "subject": (enrol.enrol, "subject kind", {"born": "born_on"}),
    "tie": (connect.connect, "tie kind source target", {}),
    "close": (connect.disconnect, "tie", {}),
    "void": (connect.void_tie, "tie", {}),
    "consent": (consent.give_consent, "consent subject", {"to": "purpose", "by": "guardian"}),
    "waiver": (consent.grant_waiver, "waiver member", {"of": "group"}),
    "file": (file_record.file_record, "record rule subject", {"on": "happened_on", "by": "filer"}),
    "approve": (decide.approve, "record", {"by": "approver", "approved": "history_on"}),
    "notify": (decide.deliver_notice, "record", {}),
    "reject": (decide.reject, "record", {"by": "approver"}),
    "contest": (decide.contest, "record contest", {"by": "contester"}),
    "uphold": (decide.uphold, "record contest", {"by": "decider"}),
    "revoke": (decide.revoke, "record", {"by": "decider", "in": "contest"}),
    "repair": (decide.repair, "record", {"by": "decider", "asked": "asked_by"}),
}
Verbs = dict[str, Callable[..., list[str]]]
#: Who does what the story names nobody for, and why.
PEOPLE = {"actor": "office", "filer": "collector", "approver": "headmaster", "decider": "headmaster", "reason": "told"}


class Teller:
    """A service on a store, to which a story happens. Beside the actions, its methods are the verbs."""

    def __init__(self, store: Store) -> None:
        self.clock = HandClock(date(2026, 2, 2))
        self.service = TrustService(store, PlainVault(), self.clock)
        self.code = "school"
        self.changes: Verbs = {verb.__name__: verb for verb in (self.today, self.policy, self.scheme, self.record)}
        asking = (self.state, self.shares, self.preview, self.score, self.statement)
        self.lookups: Verbs = {verb.__name__: verb for verb in asking}

    def tell(self, line: str) -> list[str]:
        """Let a line happen, and give what the service answers."""
        verb, *rest = line.replace(" -> ", " ").split()
        told = iter(rest)
        words, named = list[str](), dict[str, object]()
        for word in told:
            if word in WORDS:
                named[word] = WORDS[word](next(told, ""))
            else:
                words.append(word)
        try:
            if verb in ACTIONS:
                return self.act(verb, words, named)
            if verb in self.changes:
                return self.changes[verb](*words, **named)
            with self.service.reading() as reading:
                return self.lookups[verb](reading, *words, **named)
        except Refusal as refusal:
            return [f"refused {refusal.code} {refusal.field or ''}".rstrip()]

    def act(self, verb: str, words: list[str], named: dict[str, object]) -> list[str]:
        """Do an action; a word `imported` at the end makes it an import of history."""
        action, places, meanings = ACTIONS[verb]
        asked = inspect.signature(action).parameters
        given: dict[str, object] = {name: person for name, person in PEOPLE.items() if name in asked}
        given |= {"scheme": self.code} if "scheme" in asked else {}
        given |= {"history": bool(words.pop())} if words[-1] == "imported" else {}
        given |= dict(zip(places.split(), words, strict=True))
        given |= {({"because": "reason"} | meanings).get(name, name): value for name, value in named.items()}
        self.service.do(partial(action, **given))
        return []

    def today(self, day: str) -> list[str]:
        self.clock.day = date.fromisoformat(day)
        self.service.tick()
        return []

    def policy(self, name: str, *, since: date) -> list[str]:
        """Adopt an edition that ships."""
        files = read_folder(edition_folder(name))
        self.service.do(partial(adopt.adopt, name=name, files=files, since=since, actor="office"))
        return []

    def scheme(self, code: str) -> list[str]:
        self.code = code
        return []

    def record(self, ref: str, *words: str, approved: date | None = None, **named: object) -> list[str]:
        """File, approve and, where the rule asks for it, notify. The answer is what it gives while it counts."""
        self.act("file", [ref, *words], named)
        self.act("approve", [ref], {} if approved is None else {"approved": approved})
        if self.tell(f"state {ref}") == ["approved"] and approved is None:
            self.act("notify", [ref], {})
        return self.tell(f"shares {ref}")

    def state(self, reading: Reading, ref: str) -> list[str]:
        return [str(shares.record_of(reading, ref).state)]

    def shares(self, reading: Reading, ref: str, *, on: date | None = None) -> list[str]:
        return [_said(share) for share in shares.shares_of(reading, ref, as_of=on)] or ["nothing"]

    def preview(self, reading: Reading, rule: str, ref: str, *, on: date) -> list[str]:
        found = preview.preview(reading, self.clock.day, subject=ref, scheme=self.code, rule=rule, happened_on=on)
        return [
            f"{_said(one.share) if one.share else ref}: {_stands(one.before)} becomes {_stands(one.after)}"
            for one in found.changes
        ]

    def score(self, reading: Reading, ref: str, *, on: date | None = None, before: str | None = None) -> list[str]:
        known_at = None if before is None else reading.records_of([before])[before].seq - 1
        found = standing.standings_of(reading, [ref], self.code, moment_of(reading, on, known_at))
        return [_stands(found[ref])]

    def statement(self, reading: Reading, ref: str, *, on: date | None = None) -> list[str]:
        lines = statement.statement(reading, ref, self.code, as_of=on).lines
        return [f"{line.act.record} {_said(line.share).partition(' ')[2]}" for line in lines] or ["nothing"]


def _said(share: Share) -> str:
    via = f" via {' '.join(share.walk)}" if share.walk else ""
    return f"{share.target} {'+' if share.amount > 0 else ''}{format_points(share.amount)} {share.route}{via}"


def _stands(held: Standing) -> str:
    return f"{format_points(held.score)} {held.grade}"
