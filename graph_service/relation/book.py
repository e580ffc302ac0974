"""The statements of the share relation that a set of adopted editions needs, each printed once.

One branch a pattern, and only those that can match: the kinds of actor, target and tie leave few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from graph_service.model.records import Act
from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Edition
from graph_service.relation import cypher, sql
from graph_service.relation.sql import Anchor, Dialect
from graph_service.scoring.sharing import Carriage, Pattern, carriages


class Statements:
    """All statements for a list of editions. A statement is printed when it is first asked for."""

    def __init__(self, editions: Sequence[Edition], dialect: Dialect = Dialect.SQLITE) -> None:
        self.editions = tuple(editions)
        self._dialect = dialect
        self._printed: dict[tuple[object, ...], list[str]] = {}

    @cached_property
    def carriages(self) -> tuple[Carriage, ...]:
        """The terms of all editions, worked out for every rule."""
        return tuple(carriage for edition in self.editions for carriage in carriages(edition))

    def forward(self, act: Act) -> list[str]:
        """Every walk of an act."""
        name = ("forward", act.edition, act.scheme, act.rule, act.sign)
        return self._once(
            name,
            lambda: [
                self._walks(pattern, Anchor.ACT)
                for pattern in _distinct(
                    carriage
                    for carriage in self.carriages
                    if (carriage.edition, carriage.scheme, carriage.rule, carriage.sign) == name[1:]
                )
            ],
        )

    def backward(self, scheme: str, kind: SubjectKind) -> list[str]:
        """Every walk from a record in force to a subject of a kind."""
        return self._once(
            ("backward", scheme, kind),
            lambda: [
                self._walks(pattern, Anchor.TARGET)
                for pattern in self.patterns(scheme)
                if pattern.path.kinds[-1] is kind
            ],
        )

    def whole(self, scheme: str) -> str:
        """Every share of every record in force, as one statement."""
        return self._once(("whole", scheme), lambda: [sql.shares(self.patterns(scheme), self._dialect)])[0]

    def through_tie(self, kind: str) -> list[str]:
        """Every record with a walk over a tie of a kind."""
        return self._once(
            ("tie", kind),
            lambda: [statement for pattern in self.patterns(None) for statement in self._through_tie(pattern, kind)],
        )

    def through_subject(self, purpose: str) -> list[str]:
        """Every record that a subject's consent to a purpose could let pass."""
        return self._once(
            ("subject", purpose),
            lambda: [
                statement
                for pattern in self.patterns(None)
                if pattern.consent is not None and pattern.consent.purpose == purpose
                for statement in self._through_subject(pattern)
            ],
        )

    def patterns(self, scheme: str | None) -> list[Pattern]:
        """List the distinct patterns of a scheme, of all where None."""
        return _distinct(carriage for carriage in self.carriages if scheme in {None, carriage.scheme})

    def _walks(self, pattern: Pattern, anchor: Anchor) -> str:
        return sql.walks(pattern, anchor, self._dialect)

    def _through_tie(self, pattern: Pattern, kind: str) -> Iterable[str]:
        return sql.records_through_tie(pattern, kind)

    def _through_subject(self, pattern: Pattern) -> Iterable[str]:
        return sql.records_through_subject(pattern)

    def _once(self, name: tuple[object, ...], printer: Callable[[], list[str]]) -> list[str]:
        if name not in self._printed:
            self._printed[name] = _joined(printer())
        return self._printed[name]


class CypherStatements(Statements):
    """The same statements for a graph. The strongest walks of a stretch of records are chosen outside of them."""

    def stretch(self, scheme: str) -> list[str]:
        """Every walk, and every own share, of the records of a stretch that are in force."""
        return self._once(
            ("stretch", scheme),
            lambda: [
                cypher.own(Anchor.STRETCH),
                *(self._walks(pattern, Anchor.STRETCH) for pattern in self.patterns(scheme)),
            ],
        )

    def _walks(self, pattern: Pattern, anchor: Anchor) -> str:
        return cypher.walks(pattern, anchor)

    def _through_tie(self, pattern: Pattern, kind: str) -> Iterable[str]:
        return cypher.records_through_tie(pattern, kind)

    def _through_subject(self, pattern: Pattern) -> Iterable[str]:
        return cypher.records_through_subject(pattern)


#: The longest statement, in characters: SQLite's wrapper remembers the plans of those under 16 KiB only.
STATEMENT_MAX = 15_000


def _joined(statements: list[str]) -> list[str]:
    """Join statements of the same columns, as many at a time as stay short enough to be remembered."""
    joined: list[str] = []
    for statement in statements:
        if joined and len(joined[-1]) + len(statement) < STATEMENT_MAX:
            joined[-1] = f"{joined[-1]}\nUNION ALL\n{statement}"
        else:
            joined.append(statement)
    return joined


def _distinct(found: Iterable[Carriage]) -> list[Pattern]:
    patterns = {carriage.pattern.key: carriage.pattern for carriage in found}
    return [patterns[key] for key in sorted(patterns)]
