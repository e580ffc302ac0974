"""The balances by the plain statement of the relation: a row for every walk of every record.

It is what the engine of `whole` is measured against and held equal to.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from graph_service.policy.schemes import Scheme
from graph_service.relation.book import Statements
from graph_service.replay.whole import UNCAPPED, lay_out_periods

_BALANCES = f"""
CREATE TABLE balance AS
SELECT line.target AS subject, line.route, CAST(sign(line.points) AS INTEGER) AS sign,
       CAST(coalesce(period.begins, {UNCAPPED}) AS INTEGER) AS period, CAST(sum(line.amount) AS BIGINT) AS amount,
       count(*) AS shares
FROM ({{whole}}) line
LEFT JOIN cap ON cap.route = line.route AND cap.sign = sign(line.points)
LEFT JOIN period ON period.calendar = cap.calendar AND period.day = line.happened_on
GROUP BY ALL
"""


def sum_up(
    connection: duckdb.DuckDBPyConnection, statements: Statements, scheme: Scheme, clocks: Mapping[str, str | int]
) -> None:
    """Make the table `balance` of a scheme as `whole.sum_up` does, slowly."""
    days = connection.execute("SELECT DISTINCT happened_on FROM force WHERE scheme = ?", [scheme.code]).fetchall()
    lay_out_periods(connection, scheme, (day for (day,) in days))
    connection.execute(_BALANCES.format(whole=statements.whole(scheme.code)), dict(clocks))
