"""Whatever was acknowledged can be asked again at any later time: the answer is the first, and nothing is written.

Other content under the same id is refused by the name of the field, as the caller names it, and whoever would decide a
second time is told who decided first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from graph_service.actions import adopt, connect, consent, decide, enrol, file_record, forget
from graph_service.errors import AlreadyDecided, ExistsDifferently, RecordUnknown, Refusal
from graph_service.model.journal import Entry, EntryKind
from graph_service.stores.memory import MemoryStore
from tests.office import FILES, TODAY, furnish, open_office

Action = Callable[..., Entry]

NAMES = st.sampled_from(["x1", "x2", "x3"])
PEOPLE = st.sampled_from(["lin", "mei", "zhao", "ben", "kid"])
DECIDERS = st.sampled_from(["head", "board"])
REASONS = st.sampled_from(["it was so", "it was not so"])
DAYS = st.one_of(st.none(), st.sampled_from([TODAY + timedelta(days=ahead) for ahead in (-3, 0, 1, 2, 9, 40)]))

#: What each part of each action may be.
ACTIONS: dict[Action, dict[str, st.SearchStrategy[Any]]] = {
    enrol.enrol: {
        "subject": NAMES,
        "kind": st.sampled_from(["person", "study_group"]),
        "name": st.sampled_from([None, "安", "李"]),
        "actor": st.just("clerk"),
    },
    forget.forget: {"subject": st.one_of(NAMES, PEOPLE), "asked_by": st.just("mother"), "approver": DECIDERS},
    adopt.adopt: {
        "name": st.just("next"),
        "files": st.just(FILES),
        "since": DAYS.filter(bool),
        "actor": st.just("head"),
    },
    connect.connect: {
        "tie": NAMES,
        "kind": st.just("mentors"),
        "source": PEOPLE,
        "target": PEOPLE,
        "since": DAYS,
        "until": DAYS,
        "actor": st.just("clerk"),
    },
    connect.disconnect: {"tie": st.sampled_from(["t1", "t3", "x1"]), "until": DAYS, "actor": st.just("clerk")},
    connect.void_tie: {"tie": st.sampled_from(["t1", "t3", "x1"]), "actor": DECIDERS, "reason": REASONS},
    consent.give_consent: {
        "consent": NAMES,
        "subject": PEOPLE,
        "purpose": st.just("sharing"),
        "until": DAYS,
        "actor": st.just("clerk"),
    },
    consent.withdraw_consent: {"consent": st.sampled_from(["c1", "x1"]), "until": DAYS, "actor": st.just("clerk")},
    consent.void_consent: {"consent": st.sampled_from(["c1", "x1"]), "actor": DECIDERS, "reason": REASONS},
    consent.grant_waiver: {"waiver": NAMES, "member": PEOPLE, "group": st.just("g1"), "actor": st.just("clerk")},
    consent.end_waiver: {"waiver": NAMES, "until": DAYS, "actor": st.just("clerk")},
    consent.void_waiver: {"waiver": NAMES, "actor": DECIDERS, "reason": REASONS},
    file_record.file_record: {
        "record": NAMES,
        "subject": PEOPLE,
        "scheme": st.just("school"),
        "rule": st.sampled_from(["found", "late", "bullying"]),
        "happened_on": st.sampled_from([TODAY, TODAY - timedelta(days=1)]),
        "filer": st.just("teacher"),
        "note": st.sampled_from([None, "seen"]),
    },
    decide.approve: {"record": NAMES, "approver": DECIDERS},
    decide.reject: {"record": NAMES, "approver": DECIDERS, "reason": REASONS},
    decide.deliver_notice: {"record": NAMES, "delivered_on": DAYS, "actor": st.just("clerk")},
    decide.contest: {"record": NAMES, "contest": NAMES, "contester": st.just("parent"), "reason": REASONS},
    decide.uphold: {"record": NAMES, "contest": NAMES, "decider": DECIDERS, "reason": REASONS},
    decide.revoke: {
        "record": NAMES,
        "contest": st.one_of(st.none(), NAMES),
        "decider": DECIDERS,
        "reason": REASONS,
    },
    decide.repair: {"record": NAMES, "asked_by": st.sampled_from(["parent", "mei"]), "decider": DECIDERS},
}
#: What names the entry beside its noun.
NAMED_BY: dict[Action, tuple[str, ...]] = {
    adopt.adopt: ("name", "since"),
    decide.contest: ("contest",),
    decide.uphold: ("contest",),
}
#: Who decides.
DECIDED_BY: dict[Action, str] = {
    forget.forget: "approver",
    connect.void_tie: "actor",
    consent.void_consent: "actor",
    consent.void_waiver: "actor",
    decide.approve: "approver",
    decide.reject: "approver",
    decide.uphold: "decider",
    decide.revoke: "decider",
    decide.repair: "decider",
}
#: What happens often enough for the rest to be reached.
USUAL: list[Action] = [file_record.file_record, decide.approve, decide.contest, decide.uphold]


@dataclass(frozen=True)
class Said:
    """What was said, and the first answer."""

    action: Action
    words: dict[str, Any]
    entry: Entry


class Repetition(RuleBasedStateMachine):
    """An office in which things happen, are asked again, and are asked otherwise."""

    @initialize()
    def it_opens(self) -> None:
        self.office = furnish(open_office(MemoryStore()))
        self.said: list[Said] = []

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.office.service.close()

    def journal(self) -> list[Entry]:
        with self.office.service.reading() as reading:
            return reading.entries(after=0, limit=10_000)

    @rule(action=st.one_of(st.sampled_from(USUAL), st.sampled_from(list(ACTIONS))), data=st.data())
    def something_happens(self, action: Action, data: st.DataObject) -> None:
        words = {name: data.draw(drawn, name) for name, drawn in ACTIONS[action].items()}
        known = len(self.journal())
        try:
            entry = self.office.do(action, **words)
        except Refusal:
            assert len(self.journal()) == known
        else:
            self.said.append(Said(action, words, entry))

    @rule(days=st.sampled_from([1, 1, 8, 31]))
    def days_pass(self, days: int) -> None:
        self.office.wait(days)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def it_is_asked_again(self, data: st.DataObject) -> None:
        said = data.draw(st.sampled_from(self.said))
        before = self.journal()

        assert self.office.do(said.action, **said.words) == said.entry
        assert self.journal() == before

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def it_is_asked_otherwise(self, data: st.DataObject) -> None:
        said = data.draw(st.sampled_from(self.said))
        # What names the entry is left as it is: another id is another thing.
        content = sorted(set(ACTIONS[said.action]) - {said.entry.id.split("/")[0], *NAMED_BY.get(said.action, ())})
        name = data.draw(st.sampled_from(content))
        other = data.draw(ACTIONS[said.action][name])
        if other == said.words[name]:
            return
        before = self.journal()
        try:
            answered = self.office.do(said.action, **said.words | {name: other})
        except AlreadyDecided as refusal:
            assert (refusal.parameters["person"], name) == (said.words[name], DECIDED_BY[said.action])
        except ExistsDifferently as refusal:
            assert (refusal.parameters["field"], refusal.parameters["id"]) == (name, said.entry.id.split("/")[1])
        except RecordUnknown:
            assert name == "record"
        else:
            assert answered == said.entry
            assert name in {"name", "note", "reason"}
            assert self._somebody_was_forgotten(), "only of who was forgotten no text is left to compare"
        assert self.journal() == before

    def _somebody_was_forgotten(self) -> bool:
        return any(entry.kind is EntryKind.SUBJECT_FORGOTTEN for entry in self.journal())


TestRepetition = Repetition.TestCase
TestRepetition.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=40)
