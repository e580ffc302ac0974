"""What `scoring.total.standing_of` does for one subject, printed as SQL for all subjects of a scheme.

`scoring.total` stays the definition: this prints its caps, its suspension of merit, its bounds and its grade table from
the same scheme, and tests hold the two equal over random worlds.
"""

from __future__ import annotations

from graph_service.model.standing import OWN
from graph_service.policy.schemes import Scheme
from graph_service.relation.sql import Dialect, grades, text


def counted(scheme: Scheme) -> str:
    """Print what counts of every balance: within its cap, and nothing of merit where a grade is given directly.

    Reads the table `balance`, and the records in force.

    Columns: subject, route, sign, period, amount, shares, points.
    """
    return (
        f"SELECT b.*, CASE WHEN b.sign > 0 AND d.subject IS NOT NULL THEN 0 ELSE {_capped(scheme)} END AS points\n"
        f"FROM balance b LEFT JOIN ({_direct(scheme)}) d ON d.subject = b.subject"
    )


def standings(scheme: Scheme) -> str:
    """Print the standings of the subjects that a share reached or a record gave a grade to; all others are at the base.

    Reads what `counted` reads.

    Columns: subject, score, grade, own, shared.
    """
    return (
        f"WITH direct AS ({_direct(scheme)}),\n"
        "summed AS (SELECT subject,"
        f" coalesce(sum(points) FILTER (route = {text(OWN)}), 0) AS own,"
        f" coalesce(sum(points) FILTER (route <> {text(OWN)}), 0) AS shared\n"
        f"FROM (SELECT subject, route, points FROM ({counted(scheme)})"
        f" UNION ALL SELECT subject, {text(OWN)}, 0 FROM direct) GROUP BY subject),\n"
        f"scored AS (SELECT *, {_bounded(scheme, f'{scheme.base} + own + shared')} AS score FROM summed)\n"
        "SELECT s.subject, CAST(s.score AS BIGINT) AS score,"
        f" CASE WHEN d.step > 0 THEN {_grades(scheme)}[d.step] ELSE {_grade(scheme)} END AS grade,"
        " CAST(s.own AS BIGINT) AS own, CAST(s.shared AS BIGINT) AS shared\n"
        "FROM scored s LEFT JOIN direct d ON d.subject = s.subject"
    )


def _direct(scheme: Scheme) -> str:
    """Print who has a grade directly, and the lowest: the later in the table, the lower.

    A grade that the table does not have is step 0: it is none, and yet merit is kept back.
    """
    return (
        f"SELECT subject, max(coalesce(list_position({_grades(scheme)}, grade), 0)) AS step"
        f" FROM ({grades(Dialect.DUCKDB)}) GROUP BY subject"
    )


def _grades(scheme: Scheme) -> str:
    return f"[{', '.join(text(step.grade) for step in scheme.grades)}]"


def _capped(scheme: Scheme) -> str:
    cases = "".join(
        f" WHEN b.route = {text(route)} AND b.sign = {sign} THEN greatest(-{cap.points}, least({cap.points}, b.amount))"
        for (route, sign), cap in scheme.caps.items()
    )
    return f"CASE{cases} ELSE b.amount END" if cases else "b.amount"


def _bounded(scheme: Scheme, score: str) -> str:
    if scheme.floor is not None:
        score = f"greatest({scheme.floor}, {score})"
    return score if scheme.ceiling is None else f"least({scheme.ceiling}, {score})"


def _grade(scheme: Scheme) -> str:
    """Print the grade of a score: the first step of the table that it reaches."""
    cases = ""
    for step in scheme.grades:
        if step.at_least is None:
            return f"CASE{cases} ELSE {text(step.grade)} END" if cases else text(step.grade)
        cases += f" WHEN s.score >= {step.at_least} THEN {text(step.grade)}"
    return f"CASE{cases} ELSE {text(scheme.grades[-1].grade)} END"
