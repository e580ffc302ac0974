"""Topics: what a rule may be about, and what the law does not let anybody score."""

from __future__ import annotations

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
#: harmless use in a rulebook: "income" is not among them, because a village may raise its common income, nor is
#: "complaint", because a merchant may settle one. English words stand for all that begin with them.
TELLING: Mapping[str, tuple[str, ...]] = {
    "petitioning": (
        "petition",
        "complains to authorit",
        "complaints to authorit",
        "complaint to authorit",
        "complains about official",
        "complains to higher",
        "信访",
        "上访",
        "缠访",
        "闹访",
    ),
    "assembly": (
        "illegal assembl",
        "unlawful assembl",
        "public assembl",
        "street protest",
        "protest march",
        "takes part in a protest",
        "strike action",
        "集会",
        "游行",
        "示威",
        "罢工",
    ),
    "religion": (
        "religio",
        "worship",
        "church",
        "mosque",
        "prayer meeting",
        "cult ",
        "宗教",
        "信教",
        "传教",
        "礼拜",
        "教会",
        "邪教",
    ),
    "online_opinion": (
        "online opinion",
        "online comment",
        "online speech",
        "online post",
        "internet post",
        "bad information online",
        "posts online",
        "spreads rumo",
        "网络言论",
        "网上言论",
        "网络舆论",
        "网上发帖",
        "不良信息",
        "不当言论",
        "传播谣言",
    ),
    "family_planning": (
        "family planning",
        "birth control",
        "birth plan",
        "unplanned birth",
        "计划生育",
        "超生",
        "违法生育",
        "早婚早育",
    ),
    "party_discipline": ("party discipline", "party member", "party branch", "党纪", "党员", "党内", "党组织"),
    "genes": ("genetic", "dna ", "基因"),
    "biometrics": ("biometric", "fingerprint", "face recognition", "指纹", "人脸识别", "虹膜"),
    "blood_type": ("blood type", "blood group", "血型"),
    "health": (
        "health status",
        "health condition",
        "medical record",
        "medical histor",
        "blood donat",
        "donates blood",
        "bone marrow",
        "健康状况",
        "病历",
        "体检结果",
        "献血",
        "骨髓",
        "器官捐",
    ),
    "illness": (
        "illness histor",
        "mental illness",
        "infected with",
        "diagnosed with",
        "disability",
        "病史",
        "精神病",
        "患病",
        "感染者",
        "确诊",
    ),
    "income": ("personal income", "household income", "salary level", "个人收入", "家庭收入", "工资水平"),
    "deposits": ("bank deposit", "bank balance", "savings balance", "银行存款", "存款余额"),
    "insurance": ("commercial insurance", "insurance polic", "商业保险", "投保情况"),
    "securities": ("securities", "stock holding", "shares held", "有价证券", "持有股票"),
    "real_estate": (
        "real estate owned",
        "owns real estate",
        "home ownership",
        "property ownership",
        "名下房产",
        "不动产",
    ),
    "tax_sums": ("amount of tax", "tax paid", "sum of tax", "纳税数额", "纳税金额"),
}


def given_away(*texts: str) -> str | None:
    """Give the forbidden topic that a word in these texts gives away, if one does.

    >>> given_away("repeated-petitions", "Petitions again")
    'petitioning'
    >>> given_away("joined-party-branch")
    'party_discipline'
    >>> given_away("solved-complaint", "Solves a complaint", "快速理赔")
    """
    joined = " ".join(" ".join(text.lower() for text in texts).replace("-", " ").split()) + " "
    for topic, words in TELLING.items():
        # An English word is looked for where a word begins: "cult" is not meant in "culture" or "difficult".
        if any(word in joined if not word.isascii() else f" {word}" in f" {joined}" for word in words):
            return topic
    return None
