"""Of several walks with equal amounts the route listed first counts, whichever way one asks, in every store."""

from __future__ import annotations

import pytest

from graph_service.actions.connect import connect
from graph_service.model.points import POINT
from graph_service.model.records import LATEST, Moment
from graph_service.scoring.sharing import strongest
from tests.office import FILES, JOINED, TODAY, Office, furnish

_TENTH = "merit: {percent: 10}"
_FIFTH = "merit: {percent: 20, at_most: 4}"


def test_the_route_listed_first_counts_forward_backward_and_for_everybody(
    empty: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other walk has the smaller tie id, and comes first wherever the order of routes is not looked at."""
    assert _TENTH in FILES["school.yaml"]
    monkeypatch.setattr("tests.office.FILES", FILES | {"school.yaml": FILES["school.yaml"].replace(_TENTH, _FIFTH)})
    office = furnish(empty)
    said = {"kind": "mentors", "source": "mei", "target": "lin", "actor": "clerk", "since": JOINED, "history": True}
    office.do(connect, tie="a0", **said)
    office.approved("r1")
    moment = Moment(TODAY, LATEST - 1)

    with office.service.reading() as reading:
        act = office.record("r1").act
        walks = [walk for walk in reading.walks_from(act, moment) if walk.target == "mei"]
        forward = [share for share in strongest(act, walks) if share.target == "mei"]
        backward = [line.share for line in reading.lines_to(["mei"], "school", moment)["mei"]]
        everybody = [line.share for line in reading.lines("school", moment) if line.share.target == "mei"]
        balances = reading.balances_of(["mei"], "school")["mei"]

    assert sorted((walk.amount, walk.ties) for walk in walks) == [(4 * POINT, ("a0",)), (4 * POINT, ("t1", "t2"))]
    assert [(share.route, share.walk) for share in forward] == [("study-group", ("t1", "t2"))]
    assert backward == everybody == forward
    assert [(balance.route, balance.amount) for balance in balances] == [("study-group", 4 * POINT)]
