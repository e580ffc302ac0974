"""The policy file: the reader of `policy.yaml`, which says what holds for a policy as a whole.

    based_on: wendeng
    shares: merit_only

The first line is for who reads the folder: files that the folder does not hold are those of the edition named. The
second is for who parses the texts. So one rulebook serves schools and districts that share demerits and those that may
not, and no second copy of it can go its own way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from graph_service.policy.fields import Fields, choice, name, optional
from graph_service.policy.nodes import Entries
from graph_service.policy.schemes import Scheme
from graph_service.policy.scorings import is_demerit

#: What the file is called. A policy may do without.
POLICY_FILE = "policy.yaml"


class SharesPassed(StrEnum):
    """Which shares a policy lets pass between subjects."""

    #: As the routes say.
    ALL = "all"
    #: Merit alone: nobody answers for what another did.
    MERIT_ONLY = "merit_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """What `policy.yaml` says; each field is as if it had been left out where it could not be read."""

    #: The edition that ships whose files stand in for those that are not there; None where the folder is complete.
    based_on: str | None = None
    shares: SharesPassed = SharesPassed.ALL


def read_policy_file(top: Entries) -> PolicyFile:
    """Read `policy.yaml`."""
    fields = Fields(top, "based_on", "shares")
    based_on = fields.optional("based_on")
    return PolicyFile(
        based_on=optional(based_on, name, "") or None,
        shares=optional(
            fields.optional("shares"), lambda node: choice(node, SharesPassed, SharesPassed.ALL), SharesPassed.ALL
        ),
    )


def merit_only(scheme: Scheme) -> Scheme:
    """Give a scheme in which no demerit passes from one subject to another.

    Routes that carried nothing else go, and no demerit files a record for somebody else. Bridges stay: what they file
    is the subject's own.
    """
    rules = scheme.rules.values()
    return replace(
        scheme,
        rules={rule.code: replace(rule, also=()) if is_demerit(rule.scoring) else rule for rule in rules},
        routes=tuple(replace(route, demerit=None) for route in scheme.routes if route.merit is not None),
    )
