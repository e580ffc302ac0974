"""Mutations of a record's life. Who files, approves, contests or decides is the operator who asks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graph_service.actions import decide, file_record
from graph_service.model.records import Record as KeptRecord
from schema.context import Info
from schema.preview import PreviewInput
from schema.records import Record
from schema.refusals import Refusal
from schema.writing import Done, Writing


@strawberry.input
class FileRecordInput(PreviewInput):
    """A behaviour to be filed."""

    record: str = strawberry.field(description="The plain id that the caller gives it.")
    note: str | None = strawberry.field(default=None, description="What was seen; kept in the vault.")


@strawberry.input
class ApproveRecordInput:
    """A filed record to be approved."""

    record: str = strawberry.field(description="Its plain id.")


@strawberry.input
class DeliverNoticeInput:
    """The notice of a demerit that was delivered."""

    record: str = strawberry.field(description="The record's plain id.")
    delivered_on: date | None = strawberry.field(default=None, description="The day; today where left out.")


@strawberry.input
class RejectRecordInput:
    """A filed record to be rejected."""

    record: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description="Why; kept in the vault.")


@strawberry.input
class ContestRecordInput:
    """A record to be contested."""

    record: str = strawberry.field(description="Its plain id.")
    contest: str = strawberry.field(description="The plain id that the caller gives the contest.")
    reason: str = strawberry.field(description="Why; kept in the vault.")


@strawberry.input
class UpholdRecordInput:
    """A contested record to be upheld."""

    record: str = strawberry.field(description="Its plain id.")
    contest: str = strawberry.field(description="The contest that this decides, by plain id.")
    reason: str = strawberry.field(description="Why; kept in the vault.")


@strawberry.input
class RevokeRecordInput:
    """A record to be revoked."""

    record: str = strawberry.field(description="Its plain id.")
    reason: str = strawberry.field(description="Why; kept in the vault.")
    contest: str | None = strawberry.field(
        default=None, description="The open contest that this decides, by plain id, where there is one."
    )


@strawberry.input
class RepairRecordInput:
    """A record that was made good."""

    record: str = strawberry.field(description="Its plain id.")
    asked_by: str = strawberry.field(description="Who asks for the repair; the operator who decides is another.")


@strawberry.type
class RecordDone(Done):
    """A step of a record's life that is durable."""

    record: Record = strawberry.field(description="The record as it is now; `shares` says what it gives to whom.")


RecordResult = Annotated[
    RecordDone | Refusal, strawberry.union("RecordResult", description="A durable step, or why there is none.")
]

_write: Writing[KeptRecord, RecordDone] = Writing(
    noun="record",
    batcher=lambda batchers: batchers.records,
    done=lambda held, receipt: RecordDone(record=Record(held=held), receipt=receipt),
)


@strawberry.type
class RecordMutations:
    """What can be done about records."""

    @strawberry.mutation
    async def file_record(self, info: Info, input: FileRecordInput) -> RecordResult:
        """Propose a record; another person will decide about it.

        Args:
            info: What Strawberry hands over.
            input: What happened, under which id.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: file_record.file_record(
                desk,
                record=input.record,
                subject=input.subject,
                scheme=input.scheme,
                rule=input.rule,
                happened_on=input.happened_on,
                matching=input.matching,
                filer=operator,
                quantity=input.quantity,
                points=input.points,
                note=input.note,
            ),
        )

    @strawberry.mutation
    async def approve_record(self, info: Info, input: ApproveRecordInput) -> RecordResult:
        """Approve a filed record: merit counts at once, a demerit when its notice days are over.

        Args:
            info: What Strawberry hands over.
            input: Which record.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.approve(desk, record=input.record, approver=operator),
        )

    @strawberry.mutation
    async def reject_record(self, info: Info, input: RejectRecordInput) -> RecordResult:
        """Reject a filed record: it never counted and never will.

        Args:
            info: What Strawberry hands over.
            input: Which record, and why.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.reject(desk, record=input.record, approver=operator, reason=input.reason),
        )

    @strawberry.mutation
    async def deliver_notice(self, info: Info, input: DeliverNoticeInput) -> RecordResult:
        """Note that the subject, or the guardian, was told of a demerit; its notice days run from here.

        Args:
            info: What Strawberry hands over.
            input: Which record, and when.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.deliver_notice(
                desk, record=input.record, actor=operator, delivered_on=input.delivered_on
            ),
        )

    @strawberry.mutation
    async def contest_record(self, info: Info, input: ContestRecordInput) -> RecordResult:
        """Contest a record: it does not count while that is decided, and lapses where it is not decided in time.

        Args:
            info: What Strawberry hands over.
            input: Which record, and why.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.contest(
                desk, record=input.record, contest=input.contest, contester=operator, reason=input.reason
            ),
        )

    @strawberry.mutation
    async def uphold_record(self, info: Info, input: UpholdRecordInput) -> RecordResult:
        """Uphold a contested record: it counts again from today, or when its notice days are over.

        Args:
            info: What Strawberry hands over.
            input: Which record, and why.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.uphold(
                desk, record=input.record, contest=input.contest, decider=operator, reason=input.reason
            ),
        )

    @strawberry.mutation
    async def revoke_record(self, info: Info, input: RevokeRecordInput) -> RecordResult:
        """Revoke a record: it counts no longer from today, and every share of it goes with it.

        Args:
            info: What Strawberry hands over.
            input: Which record, and why.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.revoke(
                desk, record=input.record, decider=operator, reason=input.reason, contest=input.contest
            ),
        )

    @strawberry.mutation
    async def repair_record(self, info: Info, input: RepairRecordInput) -> RecordResult:
        """Repair a record that was made good: it counts no longer, and a lighter one may take its place.

        Args:
            info: What Strawberry hands over.
            input: Which record, and who asks.
        """
        return await _write(
            info,
            input.record,
            lambda desk, operator: decide.repair(desk, record=input.record, asked_by=input.asked_by, decider=operator),
        )
