"""What if, through GraphQL: counts, chart, causes, and who; faults of the policy as everywhere."""

from __future__ import annotations

from graph_service.policy.folder import edition_folder, read_folder
from tests.schema.conftest import REFUSAL, Face, found_purse

WHAT_IF = """
query($files: [PolicyFileInput!]!, $scheme: String!, $asOf: Day, $first: Int! = 20, $after: Cursor) {
  whatIf(files: $files, scheme: $scheme, asOf: $asOf, first: $first, after: $after) {
    ... on WhatIf {
      scheme asOf subjects moved regraded recordsDropped recordsUnfit
      matrix { before after subjects }
      bands { above below subjects }
      routes { route merit subjects change }
      rules { rule recordsBefore recordsAfter pointsBefore pointsAfter subjects }
      movers {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          subject { ref } change scoreBefore gradeBefore scoreAfter gradeAfter
          parts { route merit amountBefore countedBefore amountAfter countedAfter }
          rules { rule recordsBefore pointsBefore recordsAfter pointsAfter }
        }
      }
    }
    ... on PolicyFaultList { faults { file line field refusal { code message } } }
    REFUSAL
  }
}
""".replace("REFUSAL", REFUSAL)


def _files(old: str = "", new: str = "") -> list[dict[str, str]]:
    files = dict(read_folder(edition_folder("wendeng")))
    if old:
        assert old in files["school.yaml"]
        files["school.yaml"] = files["school.yaml"].replace(old, new)
    return [{"name": name, "text": text} for name, text in files.items()]


def test_the_adopted_policy_moves_nobody(face: Face) -> None:
    found_purse(face)

    shown = face.ask(WHAT_IF, files=_files(), scheme="school")["whatIf"]

    assert (shown["moved"], shown["regraded"], shown["movers"]["nodes"]) == (0, 0, [])
    assert (shown["routes"], shown["rules"]) == ([], [])
    assert sum(move["subjects"] for move in shown["matrix"]) == shown["subjects"]


def test_a_purse_worth_more_is_told_down_to_the_mate(face: Face) -> None:
    found_purse(face)
    files = _files("    points: 25\n", "    points: 75\n")

    shown = face.ask(WHAT_IF, files=files, scheme="school", first=2)["whatIf"]

    assert shown["asOf"] == "2026-03-05"
    assert shown["rules"] == [
        {
            "rule": "returned-lost-property",
            "recordsBefore": 1,
            "recordsAfter": 1,
            "pointsBefore": "25",
            "pointsAfter": "75",
            "subjects": 1,
        }
    ]
    assert [(route["route"], route["change"]) for route in shown["routes"]] == [("group-standing", "50"), ("own", "50")]
    assert {"before": "A", "after": "AAA", "subjects": 2} in shown["matrix"]
    assert [band for band in shown["bands"] if band["subjects"]] == [{"above": "50", "below": None, "subjects": 2}]
    movers = shown["movers"]
    assert (movers["totalCount"], movers["pageInfo"]["hasNextPage"]) == (shown["moved"], False)
    assert [mover["subject"]["ref"] for mover in movers["nodes"]] == ["g3", "lin"]
    assert movers["nodes"][1] == {
        "subject": {"ref": "lin"},
        "change": "50",
        "scoreBefore": "1025",
        "gradeBefore": "A",
        "scoreAfter": "1075",
        "gradeAfter": "AAA",
        "parts": [
            {
                "route": "own",
                "merit": True,
                "amountBefore": "25",
                "countedBefore": "25",
                "amountAfter": "75",
                "countedAfter": "75",
            }
        ],
        "rules": [
            {
                "rule": "returned-lost-property",
                "recordsBefore": 1,
                "pointsBefore": "25",
                "recordsAfter": 1,
                "pointsAfter": "75",
            }
        ],
    }


def test_movers_go_on_behind_a_cursor(face: Face) -> None:
    found_purse(face)
    asked = {"files": _files("    points: 25\n", "    points: 5\n"), "scheme": "school", "first": 1}

    seen, after = [], None
    while True:
        movers = face.ask(WHAT_IF, **asked, after=after)["whatIf"]["movers"]
        seen += [mover["subject"]["ref"] for mover in movers["nodes"]]
        after = movers["pageInfo"]["endCursor"]
        if not movers["pageInfo"]["hasNextPage"]:
            break

    assert seen[:2] == ["g3", "lin"]
    assert len(seen) == len(set(seen)) == movers["totalCount"]


def test_faults_of_the_policy_are_told_all_at_once(face: Face) -> None:
    files = _files("percent: 20, at_most: 5", "percent: 2000, at_most: 5")

    shown = face.ask(WHAT_IF, files=files, scheme="school")["whatIf"]

    assert {(fault["file"], fault["refusal"]["code"]) for fault in shown["faults"]} == {
        ("school.yaml", "policy_percent_over_100")
    }
    assert all(fault["line"] for fault in shown["faults"])


def test_a_scheme_that_is_not_there_is_refused(face: Face) -> None:
    assert face.ask(WHAT_IF, files=_files(), scheme="schol")["whatIf"]["code"] == "scheme_unknown"


def test_a_policy_that_is_based_on_one_that_ships_needs_only_the_files_that_differ(face: Face) -> None:
    found_purse(face)
    whole = _files("    points: 25\n", "    points: 75\n")
    differing = [file for file in whole if file["name"] == "school.yaml"]
    based = [{"name": "policy.yaml", "text": "based_on: wendeng\n"}, *differing]

    shown = face.ask(WHAT_IF, files=based, scheme="school")

    assert shown["whatIf"]["moved"] > 0
    assert shown == face.ask(WHAT_IF, files=whole, scheme="school")


def test_a_policy_that_is_based_on_nothing_that_ships_is_told_of(face: Face) -> None:
    based = [{"name": "policy.yaml", "text": "based_on: wendang\n"}]

    (fault,) = face.ask(WHAT_IF, files=based, scheme="school")["whatIf"]["faults"]

    assert (fault["file"], fault["field"], fault["refusal"]["code"]) == (
        "policy.yaml",
        "based_on",
        "policy_edition_unknown",
    )
