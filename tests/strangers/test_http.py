"""GraphQL over HTTP as its own audits want it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.strangers import node

#: How many audits there are of each strength, so that none is lost unseen when the package changes.
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}


@pytest.mark.timeout(600)
def test_every_audit_of_graphql_over_http_is_passed(address: str) -> None:
    found = node.asked("audits.mjs", address)

    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert Counter(audit["name"].split()[0] for audit in found) == AUDITS
