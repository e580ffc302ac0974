"""Encodings: from the bytes of a file to its text, whichever of the usual ones it is in."""

from __future__ import annotations

import codecs
import re

from loaders.refusals import EncodingsMixed, FileNotText, FreightRefusal

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HAN = re.compile("[\u3400-\u9fff]")


class Undecodable(Exception):
    """The bytes are no text; the refusal says so, and the line is where it begins to be so."""

    def __init__(self, line: int, refusal: FreightRefusal) -> None:
        super().__init__(line, refusal)
        self.line = line
        self.refusal = refusal


def decoded(content: bytes) -> str:
    r"""Read UTF-8 or UTF-16 with a byte order mark, UTF-8 without one, or GB18030, which holds GBK and GB2312.

    Raises:
        Undecodable: It is none of these, or one in some lines and another in others.

    >>> decoded("姓名".encode("gbk")), decoded("\ufeff姓名".encode("utf-16-le"))
    ('姓名', '姓名')
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content.removeprefix(mark), encoding)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = _line(content, error.start)
    # Nearly all bytes are some text in GB18030, so a file that is UTF-8 but for one line would come out as nonsense.
    if any(_is_utf8(each) for each in content.split(b"\n")):
        raise Undecodable(line, EncodingsMixed()) from None
    return _strictly(content, "gb18030")


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Undecodable(_line(content, error.start), FileNotText()) from None


def _line(content: bytes, at: int) -> int:
    return content.count(b"\n", 0, at) + 1


def _is_utf8(line: bytes) -> bool:
    """Tell whether a line is surely UTF-8: its bytes are Chinese in it, which those of GBK are next to never."""
    try:
        return _HAN.search(line.decode()) is not None
    except UnicodeDecodeError:
        return False
