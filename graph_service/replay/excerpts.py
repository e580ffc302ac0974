"""Excerpts: what replays of schemes read of a store, told from their policies."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graph_service.model.subjects import SubjectKind
from graph_service.policy.schemes import Policy
from graph_service.ports.store import Excerpt


def excerpt_of(policies: Iterable[Policy], codes: Collection[str], *, assessed_anew: bool) -> Excerpt:
    """Name what replays of schemes under these policies read.

    Args:
        policies: All by which their records were, or will be, assessed.
        codes: Of the schemes.
        assessed_anew: Whether the records are assessed again, and not only their points shared.
    """
    schemes = [policy.schemes[code] for policy in policies for code in codes if code in policy.schemes]
    routes = [route for scheme in schemes for route in scheme.routes]
    asked = [term.consent.purpose for route in routes for term in (route.merit, route.demerit) if term and term.consent]
    return Excerpt(
        schemes=frozenset(codes),
        # Whether somebody is a person decides who consents.
        kinds=frozenset({SubjectKind.PERSON, *(kind for scheme in schemes for kind in scheme.subjects)}),
        tie_kinds=frozenset(step.kind for route in routes for step in route.path.steps),
        purposes=frozenset(asked),
        records=assessed_anew,
    )
