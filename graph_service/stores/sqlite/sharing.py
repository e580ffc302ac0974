"""The share relation in SQLite: the printed statements, asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from graph_service.model.days import FOREVER, day_number, day_of
from graph_service.model.records import LATEST, Act, Moment
from graph_service.model.standing import Line, Share
from graph_service.model.subjects import SubjectKind
from graph_service.relation.sql import Anchor, own
from graph_service.scoring.sharing import Walk, choose, share_over
from graph_service.stores.sqlite.journal import JournalReading
from graph_service.stores.sqlite.rows import Row, Values

_OWN = own(Anchor.TARGET)

#: Stretches of force whose shares are found at a time when the whole relation is asked for.
STRETCH = 2_000


def _clocks(moment: Moment) -> dict[str, int]:
    return {"as_of": day_number(moment.as_of), "known_at": moment.known_at}


def _act(record: str, scheme: str, row: Row) -> Act:
    """Read what a row tells of the act: actor, rule, edition, day, points, grade."""
    actor, rule, edition, happened_on, points, grade = row
    return Act(
        record=record,
        subject=actor,
        scheme=scheme,
        rule=rule,
        edition=edition,
        happened_on=day_of(happened_on),
        points=points,
        grade=grade,
    )


def line_of(row: Row, scheme: str) -> Line:
    """Read a line: record, target, route, three ties, amount, and the act."""
    share = Share(
        record=row[0],
        target=row[1],
        route=row[2],
        walk=tuple(tie for tie in row[3:6] if tie is not None),
        amount=row[6],
    )
    return Line(share=share, act=_act(row[0], scheme, row[7:13]))


def _walk(row: Row) -> Walk:
    """Read a walk: record, target, route, place, three ties, amount."""
    ties = tuple(tie for tie in row[4:7] if tie is not None)
    return Walk(target=row[1], route=row[2], place=row[3], ties=ties, amount=row[7])


class SharingReading(JournalReading):
    """Reads shares, from whichever end."""

    def walks_from(self, act: Act, moment: Moment) -> list[Walk]:
        """Forward: every walk over which an act counts."""
        values: Values = {
            "record": act.record,
            "actor": act.subject,
            "scheme": act.scheme,
            "rule": act.rule,
            "edition": act.edition,
            "happened_on": day_number(act.happened_on),
            "points": act.points,
            "sign": act.sign,
            **_clocks(moment),
        }
        return [_walk(row) for statement in self._book().forward(act) for row in self._rows(statement, values)]

    def lines_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Line]]:
        """Backward: the shares of every record in force that reach each subject."""
        kinds: dict[str, str] = dict(self._rows_among("SELECT id, kind FROM subject WHERE id IN ({ids})", subjects))
        lines: dict[str, list[Line]] = {}
        for subject, kind in kinds.items():
            found = self._lines_to(subject, SubjectKind(kind), scheme, moment)
            if found:
                lines[subject] = found
        return lines

    def _lines_to(self, subject: str, kind: SubjectKind, scheme: str, moment: Moment) -> list[Line]:
        values: Values = {"subject": subject, "scheme": scheme, **_clocks(moment)}
        found = [line_of(row, scheme) for row in self._rows(_OWN, values)]
        walks: dict[str, list[Walk]] = {}
        acts: dict[str, Row] = {}
        for statement in self._book().backward(scheme, kind):
            for row in self._rows(statement, values):
                walks.setdefault(row[0], []).append(_walk(row))
                acts[row[0]] = row[8:14]
        for record, over in walks.items():
            act = _act(record, scheme, acts[record])
            found.extend(Line(share=share_over(record, walk), act=act) for walk in choose(over))
        return sorted(found, key=lambda line: (line.act.happened_on, line.act.record))

    def lines(self, scheme: str, moment: Moment) -> Iterator[Line]:
        """Whole: every share of every record in force."""
        statement = self._book().whole(scheme)
        after = ""
        while True:
            ends = self._rows("SELECT record FROM force WHERE record > ? ORDER BY record LIMIT ?", (after, STRETCH))
            records = [row[0] for row in ends]
            if not records:
                return
            values: Values = {"scheme": scheme, "after": after, "upto": records[-1], **_clocks(moment)}
            for row in self._rows(statement, values).fetchall():
                yield line_of(row, scheme)
            after = records[-1]

    def grading_acts_to(self, subjects: Collection[str], scheme: str, moment: Moment) -> Mapping[str, list[Act]]:
        """List the acts in force that give each subject a grade directly, in order of record."""
        as_of, known_at = day_number(moment.as_of), moment.known_at
        acts: dict[str, list[Act]] = {}
        for record, *acted in self._rows_among(
            "SELECT record, subject, rule, edition, happened_on, points, grade FROM force"
            " WHERE grade IS NOT NULL AND subject IN ({ids})"
            " AND scheme = ? AND opened_on <= ? AND opened_seq <= ?"
            " AND (closed_on > ? OR closed_seq > ?) ORDER BY subject, record",
            subjects,
            scheme,
            as_of,
            known_at,
            as_of,
            known_at,
        ):
            act = _act(record, scheme, tuple(acted))
            acts.setdefault(act.subject, []).append(act)
        return acts

    def graded(self, scheme: str, moment: Moment) -> list[str]:
        """List the subjects to whom records in force give a grade directly, in order of id."""
        rows = self._rows(
            "SELECT DISTINCT subject FROM force WHERE grade IS NOT NULL AND scheme = :scheme"
            " AND opened_on <= :as_of AND opened_seq <= :known_at"
            " AND (closed_on > :as_of OR closed_seq > :known_at) ORDER BY subject",
            {"scheme": scheme, **_clocks(moment)},
        )
        return [row[0] for row in rows]

    def records_through_tie(self, tie: str) -> list[str]:
        """Through a tie: the records with a walk that counts over it, in order of id."""
        kinds = self._rows("SELECT kind FROM tie WHERE id = ?", (tie,)).fetchone()
        return self._through(self._book().through_tie(kinds[0]) if kinds else [], {"tie": tie})

    def records_through_subject(self, subject: str, purpose: str) -> list[str]:
        """Through a subject: the records that its consent could let pass, in order of id."""
        return self._through(self._book().through_subject(purpose), {"subject": subject})

    def _through(self, statements: list[str], values: dict[str, str]) -> list[str]:
        # The last moment there is: everything known, nothing left out but what was voided.
        now = {"as_of": FOREVER - 1, "known_at": LATEST - 1}
        found = {row[0] for statement in statements for row in self._rows(statement, {**values, **now})}
        return sorted(found)
