"""Adopt a policy: from a day on, its rules and routes are the ones that count."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from graph_service.actions.desk import Desk
from graph_service.errors import EditionBackdated, EditionDropsScheme, EditionOutOfOrder, PolicyFaulty
from graph_service.model.journal import Entry, EntryKind
from graph_service.policy.faults import PolicyFaults
from graph_service.policy.parse import parse_policy


def adopt(desk: Desk, *, name: str, files: Mapping[str, str], since: date, actor: str) -> Entry:
    """Adopt a folder of policy files as the edition in force from a day on.

    Only a scheme's first edition may start in the past. No existing share is touched: a record keeps the edition of the
    day it happened.

    Raises:
        PolicyFaulty: The files have faults.
        EditionOutOfOrder: An edition that starts on that day or later is adopted already.
        EditionDropsScheme: A scheme in force is missing from it.
        EditionBackdated: A scheme of it is in force already and the day is not after today.
    """
    asked = {"name": name, "files": dict(files), "since": since.isoformat()}
    id_ = f"policy/{name}/{since.isoformat()}"
    repeated = desk.repeated(id_, asked)
    if repeated is not None:
        return repeated
    try:
        policy = parse_policy(name, files)
    except PolicyFaults as found:
        raise PolicyFaulty(path=name, faults=len(found.faults)) from found
    editions = desk.page.editions()
    if editions and since <= editions[-1].since:
        raise EditionOutOfOrder(latest=editions[-1].since.isoformat(), field="since")
    known = {code for edition in editions for code in edition.policy.schemes}
    for code in sorted(known - set(policy.schemes)):
        raise EditionDropsScheme(scheme=code, field="schemes")
    for code in policy.schemes:
        if code in known and since < desk.tomorrow:
            raise EditionBackdated(
                scheme=code,
                since=since.isoformat(),
                earliest=desk.tomorrow.isoformat(),
                field="since",
            )
    return desk.write(id_, EntryKind.POLICY_ADOPTED, actor, asked, {"number": len(editions) + 1})
