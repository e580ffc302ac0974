"""Mutations of subjects."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import enrol, forget
from graph_service.errors import ExistsDifferently
from graph_service.model.subjects import Subject as KeptSubject
from schema.context import Info
from schema.enums import SubjectKind
from schema.refusals import Refusal, refused
from schema.showing import shown_subject
from schema.subjects import Subject
from schema.writing import Done, Writing


@strawberry.input
class IdentifierInput:
    """An external identifier: who gave it, and what it is."""

    scheme: str = strawberry.field(description="Who gave it, such as `school-roll`.")
    value: str = strawberry.field(description="The identifier, to the letter.")


@strawberry.input
class EnrolSubjectInput:
    """A subject to be enrolled."""

    subject: str = strawberry.field(description="The plain id that the caller gives it; no number of the person's own.")
    kind: SubjectKind = strawberry.field(description="What it is.")
    name: str | None = strawberry.field(default=None, description="Its name; a person's or family's goes to the vault.")
    born_on: date | None = strawberry.field(default=None, description="A person's birth day, which goes to the vault.")
    identifiers: list[IdentifierInput] = strawberry.field(
        default_factory=list, description="External identifiers, which go to the vault."
    )
    since: date | None = strawberry.field(
        default=None, description="The first day on which anything may have happened to it."
    )


@strawberry.input
class ForgetSubjectInput:
    """A subject to be forgotten."""

    subject: str = strawberry.field(description="Its plain id.")
    asked_by: str = strawberry.field(description="Who asks for it; the operator who approves is another.")


@strawberry.type
class SubjectDone(Done):
    """A change of a subject that is durable."""

    subject: Subject = strawberry.field(description="The subject as it is now.")


SubjectResult = Annotated[
    SubjectDone | Refusal, strawberry.union("SubjectResult", description="A durable change, or why there is none.")
]

_write: Writing[KeptSubject, SubjectDone] = Writing(
    noun="subject",
    batcher=lambda batchers: batchers.subjects,
    done=lambda held, receipt: SubjectDone(subject=shown_subject(held), receipt=receipt),
)


@strawberry.type
class SubjectMutations:
    """What can be done about subjects."""

    @strawberry.mutation
    async def enrol_subject(self, info: Info, input: EnrolSubjectInput) -> SubjectResult:
        """Enrol a subject: from here on it can be spoken of.

        Args:
            info: What Strawberry hands over.
            input: Who, under which id.
        """
        identifiers = {identifier.scheme: identifier.value for identifier in input.identifiers}
        if len(identifiers) < len(input.identifiers):
            return refused(ExistsDifferently(id=input.subject, field="identifiers"))
        return await _write(
            info,
            input.subject,
            lambda desk, operator: enrol.enrol(
                desk,
                subject=input.subject,
                kind=input.kind.value,
                actor=operator,
                name=input.name,
                born_on=input.born_on,
                identifiers=identifiers,
                since=input.since,
            ),
        )

    @strawberry.mutation
    async def forget_subject(self, info: Info, input: ForgetSubjectInput) -> SubjectResult:
        """Forget a subject for good: names and texts are destroyed, ties and consents end overnight, records stay.

        Args:
            info: What Strawberry hands over.
            input: Who, and who asks.
        """
        return await _write(
            info,
            input.subject,
            lambda desk, operator: forget.forget(
                desk, subject=input.subject, asked_by=input.asked_by, approver=operator
            ),
        )
