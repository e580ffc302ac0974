"""What a changed policy leaves untouched: it is kept as it would be, and need not be replayed.

A record is shared over the routes that start at its subject's kind and carry its sign, and which walk is the strongest
is decided among these. Where none of them changes, all its shares stay. A route starts at one kind: so the balances of
a route and a sign hold the shares of such records only, and can be taken as they are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Edition, Scheme
from graph_service.scoring.sharing import Carriage, carriages


@dataclass(frozen=True, slots=True)
class Start:
    """Whose records, merit or demerit: those of subjects of a kind with a sign."""

    kind: SubjectKind
    sign: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What has to be replayed where every record is assessed as it was."""

    #: Which records are shared otherwise.
    starts: frozenset[Start]
    #: Over which routes, by code and sign, in any edition; all other balances stay.
    routes: frozenset[tuple[str, int]]
    #: By which rules such records may have been filed.
    rules: frozenset[str]
    #: Which ties the routes walk, and to which purposes their terms ask for consent.
    tie_kinds: frozenset[str]
    purposes: frozenset[str]

    def carries(self, carriage: Carriage) -> bool:
        """Tell whether a term carries such records."""
        return start_of(carriage) in self.starts


def start_of(carriage: Carriage) -> Start:
    """Tell whose records a term carries."""
    return Start(carriage.pattern.path.kinds[0], carriage.sign)


def touched(adopted: Iterable[Edition], changed: Edition, before: Scheme, after: Scheme) -> Touched:
    """Find what a changed scheme shares otherwise than any edition by which records may have been shared.

    Args:
        adopted: All editions.
        changed: The changed policy as an edition.
        before: The scheme as the edition of the day has it, by whose caps the kept balances are parted.
        after: The changed scheme.
    """
    editions = [edition for edition in (*adopted, changed) if after.code in edition.policy.schemes]
    by_edition = [[each for each in carriages(edition) if each.scheme == after.code] for edition in editions]
    terms = [_terms(carried) for carried in by_edition]
    carried = [each for found in by_edition for each in found]
    starts = {start for found in terms for start in found if any(found[start] != other.get(start) for other in terms)}
    starts |= {start_of(each) for each in carried if _parted(before, each) != _parted(after, each)}
    found = [each for each in carried if start_of(each) in starts]
    filed = {
        (rule.code, kind)
        for edition in editions
        for scheme in [edition.policy.schemes[after.code]]
        for rule in scheme.rules.values()
        for kind in rule.subjects or scheme.subjects
    }
    consents = [each.pattern.consent for each in found if each.pattern.consent is not None]
    return Touched(
        starts=frozenset(starts),
        routes=frozenset((each.route, each.sign) for each in found),
        rules=frozenset(each.rule for each in found if (each.rule, start_of(each).kind) in filed),
        tie_kinds=frozenset(step.kind for each in found for step in each.pattern.path.steps),
        purposes=frozenset(consent.purpose for consent in consents),
    )


def _terms(carried: Iterable[Carriage]) -> Mapping[Start, set[object]]:
    """Sort the terms of an edition by whose records they carry."""
    terms: defaultdict[Start, set[object]] = defaultdict(set)
    for each in carried:
        named = (each.rule, each.route, each.place, each.pattern.key)
        terms[start_of(each)].add((*named, each.percent, each.fixed, each.at_most))
    return terms


def _parted(scheme: Scheme, carriage: Carriage) -> object:
    """Give the calendar by whose periods balances are kept apart; None where they are not."""
    cap = scheme.caps.get((carriage.route, carriage.sign))
    return None if cap is None else cap.per
