"""The command that forgets a person."""

from __future__ import annotations

from typing import Annotated

import typer

from graph_service.cli.options import StoreOption, TodayOption, service
from graph_service.cli.printing import say


def forget(
    subject: Annotated[str, typer.Argument(help="Who is to be forgotten, by plain id.")],
    asked_by: Annotated[str, typer.Option("--asked-by", help="Who asks for it, by plain id.")],
    approver: Annotated[str, typer.Option("--approver", help="Who approves it: another person.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    store: StoreOption = None,
    today: TodayOption = None,
) -> None:
    """Forget a person: name, birth day, identifiers and texts are destroyed; ties and consents end overnight.

    Records stay, without anybody's name, and with them every point of everybody else. It cannot be taken back.

    Example: `trustnet forget p-02 --asked-by g-02 --approver t-01`
    """
    from graph_service.actions.forget import forget as forget_subject
    from graph_service.lookups.book import subject_of

    with service(store, today=today) as opened:
        with opened.reading() as reading:
            subject_of(reading, subject)
        if not yes:
            typer.confirm(f"Forget {subject} for good?", abort=True, err=True)
        entry = opened.do(
            lambda desk: forget_subject(desk, subject=subject, asked_by=asked_by, approver=approver),
        )
        say(f"forgotten: {subject}; receipt {entry.seq} {entry.hash.hex()}")
