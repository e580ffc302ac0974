"""Topics: what a rule may be about, and what the law does not let anybody score."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Topics that rules may have. A new one is a decision, so it is added here and not in a policy.
TOPICS = frozenset(
    {
        "animals",
        "care",
        "charity",
        "commerce",
        "community",
        "conduct",
        "construction",
        "contracts",
        "courage",
        "credit_data",
        "debts",
        "defence",
        "duty",
        "environment",
        "family_care",
        "funerals",
        "honesty",
        "honours",
        "learning",
        "mediation",
        "property",
        "public_order",
        "public_service",
        "quality",
        "safety",
        "supervision",
        "tax_duty",
        "traffic",
        "volunteering",
        "work",
    }
)

#: Topics that may never be scored: Shandong regulations art. 42, Credit Reporting regulations art. 14, and those that
#: fail the tests of lawfulness and proportion (domain rules R4, R27).
FORBIDDEN = frozenset(
    {
        "assembly",
        "biometrics",
        "blood_type",
        "deposits",
        "family_planning",
        "genes",
        "health",
        "illness",
        "income",
        "insurance",
        "online_opinion",
        "party_discipline",
        "petitioning",
        "real_estate",
        "religion",
        "securities",
        "tax_sums",
    }
)

#: Words that give a forbidden topic away in a code or title, whatever topic the rule claims. Only words that have no
#: harmless use in a rulebook: "income" is not among them, because a village may raise its common income.
TELLING: Mapping[str, tuple[str, ...]] = {
    "petitioning": ("petition", "信访", "上访"),
    "assembly": ("illegal assembly", "非法集会", "游行", "示威"),
    "religion": ("religio", "worship", "宗教", "信教"),
    "online_opinion": ("online opinion", "网络言论", "网上言论"),
    "family_planning": ("family planning", "family-planning", "计划生育", "超生"),
    "party_discipline": ("party discipline", "party-discipline", "党纪"),
    "genes": ("genetic", "基因"),
    "biometrics": ("biometric", "fingerprint", "指纹"),
    "blood_type": ("blood type", "blood-type", "血型"),
    "health": ("blood donat", "blood-donat", "donates blood", "献血", "bone marrow", "bone-marrow", "骨髓", "器官捐"),
}


# Words begin where a word begins: a competition is no petition. Chinese is written without gaps between words.
_TELLING = {
    topic: re.compile("|".join(rf"\b{word}" if word.isascii() else word for word in words))
    for topic, words in TELLING.items()
}


def given_away(*texts: str) -> str | None:
    """Give the forbidden topic that a word in these texts gives away, if one does.

    >>> given_away("repeated-petitions", "Petitions again")
    'petitioning'
    >>> given_away("won-competition", "Wins a competition, without repetition")
    """
    joined = "\n".join(texts).lower()
    return next((topic for topic, telling in _TELLING.items() if telling.search(joined)), None)
