"""How names are written and read: words, pinyin, and the pieces by which a name is found."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from pypinyin import Style, pinyin

Words = tuple[str, ...]

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_ONE_HAN = re.compile(f"[{_HAN}]")
_WORD = re.compile(rf"[{_HAN}]|[^\W\d_{_HAN}]+")
_APOSTROPHES = re.compile("['`\u2018\u2019\u02bc]")
_UMLAUT_BY_V = re.compile("([ln])(?:v|yu)")

#: Letters that Unicode does not take apart.
_PLAIN_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})

#: How these characters are read when a name begins with them.
_SURNAME_READINGS = {
    "万俟": ("mo", "qi"),
    "尉迟": ("yu", "chi"),
    "长孙": ("zhang", "sun"),
    "澹台": ("tan", "tai"),
    "仇": ("qiu",),
    "区": ("ou",),
    "单": ("shan",),
    "尉": ("wei",),
    "曾": ("zeng",),
    "朴": ("piao",),
    "查": ("zha",),
    "盖": ("ge",),
    "缪": ("miao",),
    "翟": ("zhai",),
    "解": ("xie",),
}

#: A character of several readings gives a name several spellings. More than these are rare
#: readings that nobody types.
_READINGS_MOST = 3
_SPELLINGS_MOST = 6

#: Longer names are cut for searching; what is kept is whole.
_WORDS_MOST = 12
_WORD_LETTERS_MOST = 40

#: Before the sorted letters of a whole name, which keeps them apart from other pieces and makes
#: them too long to be remembered in the clear.
_WHOLE = "whole: "

#: Letter pairs are for short names; longer ones have enough triples.
_PAIRED_LETTERS_MOST = 8


def words_of(text: str, *, accents: bool = False) -> Words:
    """Split a name into words: each Chinese character is one, letters run together.

    Case, width, punctuation and digits (tones of pinyin) go, and accents unless asked for.

    >>> words_of("Wáng Xiǎo-míng"), words_of("王小明"), words_of("wang2 xi'an")
    (('wang', 'xiao', 'ming'), ('王', '小', '明'), ('wang', 'xian'))
    """
    folded = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    if not accents:
        apart = unicodedata.normalize("NFKD", folded.translate(_PLAIN_LETTERS))
        folded = "".join(letter for letter in apart if not unicodedata.combining(letter))
    folded = re.sub(r"\d", "", folded)
    return tuple(word[:_WORD_LETTERS_MOST] for word in _WORD.findall(folded)[:_WORDS_MOST])


def has_han(words: Words) -> bool:
    """Tell whether any word is a Chinese character."""
    return any(_ONE_HAN.match(word) for word in words)


def spellings(words: Words) -> list[Words]:
    """Spell words in letters, the likeliest way first; ü is u.

    A character of several readings adds a spelling for each, one character at a time, so that a
    rare surname is found by either reading.

    >>> spellings(("曾", "静"))[:2]
    [('zeng', 'jing'), ('ceng', 'jing')]
    """
    if not words:
        return []
    choices = [_readings(word) if _ONE_HAN.match(word) else (word,) for word in words]
    surname = _SURNAME_READINGS.get("".join(words[:2])) or _SURNAME_READINGS.get(words[0], ())
    for place, reading in enumerate(surname):
        choices[place] = tuple(dict.fromkeys((reading, *choices[place])))
    first = tuple(choice[0] for choice in choices)
    others = [
        (*first[:place], reading, *first[place + 1 :]) for place, choice in enumerate(choices) for reading in choice[1:]
    ]
    return [first, *others][:_SPELLINGS_MOST]


def query_spellings(words: Words) -> list[Words]:
    """Spell a query in letters; "lv" and "lyu" are also tried as the ü of pinyin."""
    found = dict.fromkeys(spellings(words))
    for words_spelt in list(found):
        found[tuple(_UMLAUT_BY_V.sub(r"\1u", word) for word in words_spelt)] = None
    return list(found)


def pieces(words: Words, spelt: list[Words]) -> set[str]:
    """Cut a name into the pieces by which it is found.

    They are: the sorted letters of each word and of the whole name, which do not mind swapped
    letters, swapped words and missing spaces; letter triples, and pairs where a name is short,
    which survive other slips; and pairs of characters. Never a single character: those are few
    enough to be counted and guessed.
    """
    found: set[str] = set()
    for spelling in spelt:
        whole = "".join(spelling)
        # Lists, because this runs for every name.
        found.update([_sorted(word) for word in spelling if len(word) > 1])
        if len(whole) > 1:
            found.add(_WHOLE + "".join(sorted(whole)))
        if len(whole) <= _PAIRED_LETTERS_MOST:
            found.update([whole[at : at + 2] for at in range(len(whole) - 1)])
        found.update([whole[at : at + 3] for at in range(len(whole) - 2)])
    for one, next_one in pairwise(words):
        if _ONE_HAN.match(one) and _ONE_HAN.match(next_one):
            found.add(one + next_one)
    return found


@lru_cache(maxsize=32_768)
def _sorted(word: str) -> str:
    return "+" + "".join(sorted(word))


@lru_cache(maxsize=32_768)
def _readings(character: str) -> tuple[str, ...]:
    found = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(reading.replace("v", "u") for reading in found))[:_READINGS_MOST]
