"""Keeping balances and standings: what a change of shares does to them, in the same page as the entry behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice

from graph_service.model.records import LATEST, Act, Moment
from graph_service.model.standing import Share
from graph_service.policy.schemes import Edition, Scheme
from graph_service.ports.store import Page
from graph_service.scoring import sharing
from graph_service.scoring.total import balance_of, balances_of, grades_of, standing_of


def edition_on(editions: Iterable[Edition], day: date, known_at: int = LATEST) -> Edition | None:
    """Find the edition in force on a day, among those that were adopted up to a position."""
    found = None
    for edition in editions:
        if edition.since <= day and edition.seq <= known_at:
            found = edition
    return found


def kept_on(entered_on: date | None, ticked_on: date | None, editions: Iterable[Edition]) -> date | None:
    """Tell at the end of which day everybody stands as it is kept; None where that is no one day's.

    A day that changes the policy may be half worked off: balances are of both editions until its tick is done.

    Args:
        entered_on: The day of the last entry.
        ticked_on: The last day that was worked off.
        editions: All that were adopted.
    """
    half_done = ticked_on != entered_on and any(each.since == entered_on for each in editions)
    return None if half_done else entered_on


def scheme_on(editions: Iterable[Edition], code: str, day: date) -> Scheme | None:
    """Find a scheme as the edition of a day has it."""
    edition = edition_on(editions, day)
    return None if edition is None else edition.policy.schemes.get(code)


def shares_now(page: Page, act: Act, today: date) -> list[Share]:
    """Derive an act's shares from what is known now, to keep them; none where its scheme is not kept for now."""
    if act.scheme in page.unkept():
        return []
    return sharing.strongest(act, page.walks_from(act, Moment(today, LATEST)))


def add_shares(page: Page, act: Act, shares: Iterable[Share], today: date, *, times: int = 1) -> None:
    """Add an act's shares to the balances (or take them away, with `times` -1) and keep the standings they touch."""
    scheme = scheme_on(page.editions(), act.scheme, today)
    if scheme is None or act.scheme in page.unkept():
        return
    changes = [balance_of(scheme, share, act, times=times) for share in shares]
    page.change_balances(changes)
    # A direct grade has no points and no shares, and yet changes its subject's standing.
    touched = {change.subject for change in changes} | ({act.subject} if act.grade else set())
    keep_standings(page, scheme, sorted(touched), today)


def keep_standings(page: Page, scheme: Scheme, subjects: list[str], today: date) -> None:
    """Work out the standings of subjects from their balances and keep them.

    Of those for whom nothing counts any more none is kept: what is kept depends on what counts, not on what once did.
    """
    balances = page.balances_of(subjects, scheme.code)
    acts = page.grading_acts_to(subjects, scheme.code, Moment(today, LATEST)) if _grades(page, scheme) else {}
    counted = [subject for subject in subjects if balances.get(subject) or acts.get(subject)]
    page.put_standings(
        [
            standing_of(scheme, subject, balances.get(subject, ()), grades_of(acts.get(subject, ())))
            for subject in counted
        ]
    )
    page.drop_standings(sorted({*subjects} - {*counted}), scheme.code)


def _grades(page: Page, scheme: Scheme) -> bool:
    """Tell whether a grade may be in force: records keep the edition of their day, so any edition may have given it."""
    schemes = (edition.policy.schemes.get(scheme.code) for edition in page.editions())
    return any(held is not None and held.grades_directly for held in schemes)


#: Lines that are summed up at a time when all balances of a scheme are kept anew.
LINES_PER_CHUNK = 20_000


def keep_anew(page: Page, scheme: Scheme, today: date) -> None:
    """Keep all balances and standings of a scheme anew, as when its caps or its grade table have changed."""
    if scheme.code in page.unkept():
        return
    page.drop_balances(scheme.code)
    touched = set(page.graded(scheme.code, Moment(today, LATEST)))
    lines = page.lines(scheme.code, Moment(today, LATEST))
    while chunk := list(islice(lines, LINES_PER_CHUNK)):
        page.change_balances(balances_of(scheme, chunk))
        touched.update(line.share.target for line in chunk)
    subjects = sorted(touched)
    for begins in range(0, len(subjects), LINES_PER_CHUNK):
        keep_standings(page, scheme, subjects[begins : begins + LINES_PER_CHUNK], today)
