"""The share relation in SQLite: the printed statements, asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from graph_service.model.days import FOREVER, day_number, day_of
from graph_service.model.records import LATEST, Act, Moment
from graph_service.model.standing import Line, Share
from graph_service.scoring.sharing import Walk
from graph_service.stores.sqlite.journal import JournalReading
from graph_service.stores.sqlite.rows import Row


def _clocks(moment: Moment) -> dict[str, int]:
    return {"as_of": day_number(moment.as_of), "known_at": moment.known_at}


def line_of(row: Row, scheme: str) -> Line:
    """Read a line: record, target, route, three ties, amount, actor, rule, edition, day, points, grade."""
    share = Share(
        record=row[0],
        target=row[1],
        route=row[2],
        walk=tuple(tie for tie in row[3:6] if tie is not None),
        amount=row[6],
    )
    act = Act(
        record=row[0],
        subject=row[7],
        scheme=scheme,
        rule=row[8],
        edition=row[9],
        happened_on=day_of(row[10]),
        points=row[11],
        grade=row[12],
    )
    return Line(share=share, act=act)


class SharingReading(JournalReading):
    """Reads shares, from whichever end."""

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        statement = self._book().forward(act.scheme, act.sign)
        if not statement:
            return []
        rows = self._rows(
            statement,
            {
                "record": act.record,
                "actor": act.subject,
                "scheme": act.scheme,
                "rule": act.rule,
                "edition": act.edition,
                "happened_on": day_number(act.happened_on),
                "points": act.points,
                "sign": act.sign,
                **_clocks(moment),
            },
        )
        return [
            Walk(
                target=row[1],
                route=row[2],
                place=row[3],
                ties=tuple(tie for tie in row[4:7] if tie is not None),
                amount=row[7],
            )
            for row in rows
        ]

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        statement = self._book().backward(scheme)
        lines: dict[str, list[Line]] = {}
        for subject in subjects:
            rows = self._rows(statement, {"subject": subject, "scheme": scheme, **_clocks(moment)})
            found = [line_of(row, scheme) for row in rows]
            if found:
                found.sort(key=lambda line: (line.act.happened_on, line.act.record))
                lines[subject] = found
        return lines

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force."""
        for row in self._rows(self._book().whole(scheme), {"scheme": scheme, **_clocks(moment)}):
            yield line_of(row, scheme)

    def grades_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[str]]:
        """List the grades that records in force give each subject directly, in order of record."""
        as_of, known_at = day_number(moment.as_of), moment.known_at
        grades: dict[str, list[str]] = {}
        for subject, grade in self._rows_among(
            "SELECT subject, grade FROM force WHERE grade IS NOT NULL AND subject IN ({ids})"
            " AND scheme = ? AND opened_on <= ? AND opened_seq <= ?"
            " AND (closed_on > ? OR closed_seq > ?) ORDER BY subject, record",
            subjects,
            scheme,
            as_of,
            known_at,
            as_of,
            known_at,
        ):
            grades.setdefault(subject, []).append(grade)
        return grades

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records with a walk that counts over it, in order of id."""
        return self._through(self._book().through_tie(), {"tie": tie})

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records that its consent could let pass, in order of id."""
        return self._through(self._book().through_subject(purpose), {"subject": subject})

    def _through(self, statement: str, values: dict[str, str]) -> list[str]:
        if not statement:
            return []
        now = {"as_of": FOREVER - 1, "known_at": LATEST - 1}
        return [row[0] for row in self._rows(statement, {**values, **now})]
