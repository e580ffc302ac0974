"""A district for replays, written straight as a snapshot: persons, three ties a person, and a term of records.

The districts of `benchmarks.district` have a journal behind them; this one is only what a replay reads, so that
10,000,000 records are there within a minute.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb

from benchmarks.district import GROUP, PUPILS, SINCE, TODAY, District
from graph_service.model.days import FOREVER, day_number
from graph_service.model.records import LATEST
from graph_service.model.subjects import SubjectKind
from graph_service.policy.folder import edition_folder, read_folder
from graph_service.policy.parse import parse_policy
from graph_service.policy.schemes import Edition, FixedPoints
from graph_service.replay.engine import written
from graph_service.replay.manifest import AdoptedTexts, Manifest
from graph_service.replay.tables import TABLES, carriage_cells
from graph_service.scoring.sharing import carriages

#: Of so many ties of persons, one began only within the term, and of so many another one ended within it.
LATE, EARLY = 20, 25
#: Of so many persons, the guardian of one does not consent to shared demerits.
REFUSED = 4
#: Of so many persons, one has a waiver that keeps its demerits from its group.
WAIVED = 50

_SPAN = f"1 AS seq, {FOREVER} AS voided_on, {LATEST} AS voided_seq"


def write(folder: Path, district: District) -> Path:
    """Write a snapshot of a district; one that was written before is left as it is."""
    if (folder / "snapshot.json").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = read_folder(edition_folder("wendeng"))
    edition = Edition(number=1, policy=parse_policy("wendeng", files), since=date(2020, 1, 1), seq=1)
    with duckdb.connect(config={"memory_limit": "3GB", "temp_directory": str(folder / "scratch")}) as connection:
        connection.execute("SET preserve_insertion_order = false")
        terms = written(folder / "terms.jsonl", TABLES["carriage"], map(carriage_cells, carriages(edition)))
        rules = _rules(connection, edition)
        for table, rows in _tables(district, terms, rules).items():
            columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in TABLES[table].items())
            file = folder / f"{table}.parquet"
            connection.execute(f"COPY (SELECT {columns} FROM ({rows})) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    (folder / "terms.jsonl").unlink()
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    texts = AdoptedTexts(number=1, name="wendeng", since=edition.since, seq=1, files=files)
    Manifest(seq=1, hash=bytes(32), entered_on=TODAY, ticked_on=TODAY, editions=(texts,)).write(folder)
    return folder


def _rules(connection: duckdb.DuckDBPyConnection, edition: Edition) -> int:
    """Lay out the rules that records are of, and count them: each merit thrice, as it is the usual case."""
    rules = [
        (rule.code, rule.scoring.points)
        for rule in edition.policy.schemes["school"].rules.values()
        if isinstance(rule.scoring, FixedPoints) and SubjectKind.PERSON in rule.subjects
        for _ in range(3 if rule.scoring.points > 0 else 1)
    ]
    connection.execute("CREATE TABLE rule (number INTEGER, rule VARCHAR, points BIGINT)")
    connection.executemany(
        "INSERT INTO rule VALUES (?, ?, ?)", [(number, code, points) for number, (code, points) in enumerate(rules)]
    )
    return len(rules)


def _tables(district: District, terms: str, rules: int) -> dict[str, str]:
    people, begins = district.persons, day_number(SINCE)
    days = day_number(TODAY) - begins
    acted = "'p' || actor AS subject, 'school' AS scheme, rule, 1 AS edition, happened_on, points"
    deeds = (
        f"(SELECT range, CAST(hash(range, 1) % {people} AS INTEGER) AS actor,"
        f" CAST(hash(range, 3) % {rules} AS INTEGER) AS number,"
        f" {begins} + CAST(hash(range, 2) % {days} AS INTEGER) AS happened_on FROM range({district.records}))"
        " JOIN rule USING (number)"
    )
    # Families cut across study groups, but for a few siblings who learn together.
    family = f"(CASE WHEN range % 40 < 3 THEN range ELSE (range * 7919) % {people} END) // 3"
    mentor = f"(range // {PUPILS} * {PUPILS} + {7 * PUPILS}) % {people}"
    held = (
        f"CASE WHEN range % {LATE} = 7 THEN {begins + 40} ELSE {begins} END AS since,"
        f" CASE WHEN range % {EARLY} = 11 THEN {begins + 90} ELSE {FOREVER} END AS until,"
        f" '{{{{}}}}' AS attributes, {_SPAN}"
    )
    tie = (
        "SELECT '{letter}' || range AS id, '{kind}' AS kind, {source} AS source, {target} AS target,"
        " 'person' AS source_kind, '{far}' AS target_kind, {held} FROM range({people})"
    )
    ties = [
        ("m", "member_of", "'p' || range", f"'g' || range // {GROUP}", "study_group"),
        ("h", "family_of", "'p' || range", f"'f' || {family}", "family"),
        ("t", "mentors", f"'p' || {mentor}", "'p' || range", "person"),
    ]
    kinds = [("p", "person", 1), ("g", "study_group", GROUP), ("f", "family", 3)]
    return {
        "subject": " UNION ALL ".join(
            f"SELECT '{letter}' || range AS id, '{kind}' AS kind, NULL AS since, {FOREVER} AS until, 1 AS seq"
            f" FROM range({1 + (people - 1) // size})"
            for letter, kind, size in kinds
        ),
        "age": (
            f"SELECT 'p' || range AS subject, 'under_14' AS age_class, {begins} AS since, 1 AS seq FROM range({people})"
        ),
        "tie": " UNION ALL ".join(
            tie.format(
                letter=letter, kind=kind, source=source, target=target, far=far, held=held.format(), people=people
            )
            for letter, kind, source, target, far in ties
        ),
        "consent": (
            f"SELECT 'c' || range AS id, 'p' || range AS subject, 'p0' AS guardian, 'shared-demerit' AS purpose,"
            f" {begins} AS since, {FOREVER} AS until, {_SPAN} FROM range({people}) WHERE range % {REFUSED} <> 3"
        ),
        "waiver": (
            f"SELECT 'w' || range AS id, 'p' || range AS member, 'g' || range // {GROUP} AS granted_to,"
            f" {begins + 30} AS since, {begins + 60} AS until, {_SPAN} FROM range({people}) WHERE range % {WAIVED} = 5"
        ),
        "carriage": f"SELECT * FROM {terms}",
        "force": (
            f"SELECT 'r' || range AS record, {acted}, sign(points) AS sign, NULL AS grade, happened_on AS opened_on,"
            f" 1 AS opened_seq, {FOREVER} AS closed_on, {LATEST} AS closed_seq FROM {deeds}"
        ),
        "record": (
            f"SELECT 'r' || range AS id, {acted}, NULL AS asked_rules, NULL AS quantity,"
            " NULL AS asked_points, NULL AS grade,"
            f" 'in_force' AS state, '2026-09-01' AS valid_until, '2026-02-01' AS approved_on,"
            f" 1 AS approved_seq, 1 AS seq FROM {deeds}"
        ),
    }
