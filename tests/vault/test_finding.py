"""Names are found as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.ports.vault import Profile
from graph_service.vault import SqliteVault, open_vault
from graph_service.vault.names import Query, fit
from graph_service.vault.spelling import pieces, query_spellings, spellings, words_of

PEOPLE = {
    "ming": "王小明",
    "fang": "李芳",
    "yang": "欧阳静怡",
    "shan": "单晓峰",
    "lu": "吕思远",
    "anna": "Anna Lindqvist",
    "jose": "José Ångström",
    "wei": "Zhang Wei",
    "mary": "Mary Jane O'Tool",
}


@pytest.fixture
def people(vault: SqliteVault) -> SqliteVault:
    vault.put_profiles({subject: Profile(name=name) for subject, name in PEOPLE.items()})
    return vault


@pytest.mark.parametrize(
    ("query", "subject", "score", "reason"),
    [
        ("王小明", "ming", 100, "exact"),
        (" 王 小明 ", "ming", 100, "exact"),
        ("小明", "ming", 83, "exact"),
        ("Wang Xiaoming", "ming", 95, "pinyin"),
        ("wangxiaoming", "ming", 95, "pinyin"),
        ("xiaoming wang", "ming", 93, "pinyin"),
        ("Wáng Xiǎomíng", "ming", 95, "pinyin"),
        ("wang2 xiao3ming2", "ming", 95, "pinyin"),
        ("Xiao-Ming WANG", "ming", 93, "pinyin"),
        ("王 xiaoming", "ming", 95, "pinyin"),
        ("王晓鸣", "ming", 80, "pinyin"),
        ("Wnag Xiaomng", "ming", 76, "misspelt"),
        ("wang xiaomin", "ming", 84, "misspelt"),
        ("li fang", "fang", 95, "pinyin"),
        ("fang li", "fang", 93, "pinyin"),
        ("li fnag", "fang", 76, "misspelt"),
        ("Ouyang Jingyi", "yang", 95, "pinyin"),
        ("jingyi ouyang", "yang", 93, "pinyin"),
        ("Shan Xiaofeng", "shan", 95, "pinyin"),
        ("dan xiaofeng", "shan", 95, "pinyin"),
        ("Lü Siyuan", "lu", 95, "pinyin"),
        ("lv siyuan", "lu", 95, "pinyin"),
        ("LYU SIYUAN", "lu", 95, "pinyin"),
        ("anna lindqvist", "anna", 100, "exact"),
        ("Lindqvist, Anna", "anna", 98, "exact"),
        ("annalindqvist", "anna", 100, "exact"),
        ("Lindqvist", "anna", 84, "exact"),
        ("Ana Lindqist", "anna", 77, "misspelt"),
        ("José Ångström", "jose", 100, "exact"),
        ("jose angstrom", "jose", 96, "transliterated"),
        ("张伟", "wei", 96, "transliterated"),
        ("mary otool", "mary", 84, "exact"),
    ],
)
def test_a_name_is_found(people: SqliteVault, query: str, subject: str, score: int, reason: str) -> None:
    best = people.find(query, limit=3)[0]

    assert (best.subject, best.name) == (subject, PEOPLE[subject])
    assert (best.score, best.reason) == (score, reason)


@pytest.mark.parametrize("query", ["", "   ", "12345", "!?", "qqqqqqqq", "赫连勃勃"])
def test_what_nobody_is_called_finds_nobody(people: SqliteVault, query: str) -> None:
    assert people.find(query, limit=10) == []


def test_the_best_come_first_then_by_subject_id(vault: SqliteVault) -> None:
    names = {"d": "王晓鸣", "c": "王小明", "b": "王小明", "a": "王小敏"}
    vault.put_profiles({subject: Profile(name=name) for subject, name in names.items()})

    hits = vault.find("王小明", limit=10)

    assert [(hit.subject, hit.score, hit.reason) for hit in hits] == [
        ("b", 100, "exact"),
        ("c", 100, "exact"),
        ("d", 80, "pinyin"),
        ("a", 70, "misspelt"),
    ]
    assert [hit.subject for hit in vault.find("王小明", limit=2)] == ["b", "c"]


def test_a_name_is_found_among_a_crowd_however_it_is_typed() -> None:
    vault = open_vault("sqlite://", clock=lambda: 0)
    crowd = {
        f"p{first}-{second}-{third}": Profile(name=surname + one + other)
        for first, surname in enumerate("王李张刘陈杨赵黄周吴")
        for second, one in enumerate("伟芳娜秀英敏静丽强磊军洋勇艳杰")
        for third, other in enumerate("娟涛超兰霞平刚桂欣怡梓涵雨泽宇")
    }
    vault.put_profiles({**crowd, "zheng": Profile(name="郑小明")})

    for query in ("郑小明", "zheng xiaoming", "xiaoming zheng", "zhengxiaoming", "Zehng Xiaomng"):
        assert vault.find(query, limit=5)[0].subject == "zheng", query


def test_no_piece_is_a_single_character() -> None:
    words = words_of("王小明 Anna B")

    assert all(len(piece) > 1 for piece in pieces(words, spellings(words)))


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_query_may_be_held_against_any_name(query: str, name: str) -> None:
    found = fit(Query.of(query), name)
    words = words_of(query)

    pieces(words, query_spellings(words))
    assert found is None or 60 <= found[0] <= 100


@given(st.text(min_size=1, max_size=30))
def test_every_name_that_has_letters_fits_itself_exactly(name: str) -> None:
    if words_of(name):
        assert fit(Query.of(name), name) == (100, "exact")
