"""Shapes: how a roster of one sheet is read, said as data.

A shape names the columns that offices use, in Chinese and English, and says of whom each row speaks (`Party`) and which
ties it tells of (`Bond`). Nothing here does anything; `loaders/rosters.py` reads by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

#: Stands for the organisation whose roster it is.
OF = "of"

_ASIDE = re.compile(r"\(.*?\)|[*:\s_-]")


def plain_title(title: str) -> str:
    """Make titles comparable: widths, case, spaces, stars and what stands in brackets make no difference.

    >>> plain_title("学 号（必填）*")
    '学号'
    """
    return _ASIDE.sub("", unicodedata.normalize("NFKC", title)).casefold()


class Reads(Enum):
    """How the cells of a column are read."""

    #: A name: spaces between Chinese characters are layout.
    NAME = auto()
    #: A number of somebody's own, which is a text: zeros in front count and spaces do not.
    NUMBER = auto()
    DAY = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a roster, with every title that it goes by."""

    code: str
    titles: Sequence[str]
    reads: Reads = Reads.NAME
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody or something of whom a row speaks."""

    code: str
    kind: str
    #: The column of its name.
    name: str
    #: What stands before the digits of its id.
    prefix: str
    #: What follows the name in the cell to make the name: a family is called after its head.
    suffix: str = ""
    #: The column of its number, and the scheme under which that is kept.
    number: str | None = None
    scheme: str | None = None
    #: Whether the number is one that this organisation gave, and another may give too.
    scoped: bool = True
    #: The party within which a name tells who is meant; parties stand behind those within which they are.
    within: str = OF
    #: Parties of one circle are looked for among each other: a supervisor is an employee.
    circle: str = ""
    born_on: str | None = None
    #: Each row is about one of these: it has to be named, and the rows together say who belongs.
    main: bool = False

    @property
    def known_as(self) -> str:
        """The circle in which it is looked for."""
        return self.circle or self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """A tie of which a row tells."""

    kind: str
    source: str
    #: Parties at the other end: the first of them that the row names.
    targets: Sequence[str]
    #: At which end there is but one at a time, so that a new one ends the old: "source", "target" or none.
    one: str = ""
    #: Whether it is what belonging to the organisation means.
    belonging: bool = False
    #: An attribute that the tie has, as it is, or from a column.
    role: str | None = None
    role_from: str | None = None
    #: A column and the words in it for which the tie is told.
    when: tuple[str, frozenset[str]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A kind of roster."""

    code: str
    #: Kinds of organisation that keep it.
    kept_by: Sequence[str]
    columns: Sequence[Column]
    parties: Sequence[Party]
    bonds: Sequence[Bond]
    #: The column from whose day on the ties hold, where there is one.
    since: str = "since"

    @property
    def main(self) -> Party:
        """Whom each row is about."""
        return next(party for party in self.parties if party.main)

    def party(self, code: str) -> Party:
        """Give a party by its code."""
        return next(party for party in self.parties if party.code == code)

    def codes(self) -> Mapping[str, str]:
        """Give the code of a column by each of its titles, made comparable."""
        return {plain_title(title): column.code for column in self.columns for title in (column.code, *column.titles)}


_SINCE = Column("since", ("开始日期", "起始日期", "入班日期", "入学日期", "入职日期", "since", "from"), Reads.DAY)

SCHOOL = Shape(
    code="school",
    kept_by=("school",),
    columns=(
        Column("class", ("班级", "所在班级", "班", "行政班", "class", "school class"), needed=True),
        Column("number", ("学号", "学籍号", "学生编号", "number", "roll number", "pupil number"), Reads.NUMBER,
               needed=True),
        Column("name", ("学生姓名", "姓名", "学生", "pupil", "pupil name", "student", "name"), needed=True),
        Column("born_on", ("出生日期", "出生年月日", "生日", "born on", "date of birth", "birthday"), Reads.DAY),
        Column("group", ("小组", "学习小组", "信用小组", "组别", "group", "study group")),
        Column("guardian", ("监护人", "监护人姓名", "家长", "家长姓名", "guardian", "parent")),
        Column("telephone", ("联系电话", "监护人电话", "家长电话", "电话", "手机号", "手机", "telephone", "phone"),
               Reads.NUMBER),
        Column("teacher", ("班主任", "班主任姓名", "class teacher", "teacher")),
        Column("teacher_number", ("班主任工号", "教师工号", "teacher number"), Reads.NUMBER),
        Column("mentor", ("小组导师", "导师", "结对教师", "mentor")),
        _SINCE,
    ),
    parties=(
        Party(code="class", kind="school_class", name="class", prefix="class"),
        Party(code="group", kind="study_group", name="group", prefix="group", within="class"),
        Party(code="pupil", kind="person", name="name", prefix="p", number="number", scheme="roll", born_on="born_on",
              main=True),
        Party(code="guardian", kind="person", name="guardian", prefix="p", number="telephone", scheme="telephone",
              scoped=False, within="pupil"),
        Party(code="teacher", kind="person", name="teacher", prefix="p", number="teacher_number", scheme="staff",
              circle="staff"),
        Party(code="mentor", kind="person", name="mentor", prefix="p", circle="staff"),
    ),
    bonds=(
        Bond(kind="part_of", source="class", targets=(OF,)),
        Bond(kind="part_of", source="group", targets=("class",)),
        Bond(kind="enrolled_in", source="pupil", targets=(OF,), one="source", belonging=True),
        Bond(kind="member_of", source="pupil", targets=("class",), one="source"),
        Bond(kind="member_of", source="pupil", targets=("group",), one="source"),
        Bond(kind="guardian_of", source="guardian", targets=("pupil",)),
        Bond(kind="employed_by", source="teacher", targets=(OF,)),
        Bond(kind="teaches", source="teacher", targets=("class",), one="target", role="班主任"),
        Bond(kind="employed_by", source="mentor", targets=(OF,)),
        Bond(kind="mentors", source="mentor", targets=("group",), one="target"),
    ),
)  # fmt: skip

_CHILDREN = (
    "子",
    "女",
    "儿子",
    "女儿",
    "长子",
    "次子",
    "三子",
    "长女",
    "次女",
    "三女",
    "子女",
    "son",
    "daughter",
    "child",
)
_PARENTS = ("父", "母", "父亲", "母亲", "father", "mother", "parent")

VILLAGE = Shape(
    code="village",
    kept_by=("village", "community"),
    columns=(
        Column("household", ("户号", "户编号", "家庭编号", "household", "household number"), Reads.NUMBER, needed=True),
        Column("head", ("户主", "户主姓名", "head", "head of household"), needed=True),
        Column("name", ("姓名", "成员姓名", "家庭成员", "name", "member"), needed=True),
        Column("relation", ("与户主关系", "与户主的关系", "关系", "relation", "relation to the head"), needed=True),
        Column("number", ("人员编号", "村民编号", "villager number", "person number"), Reads.NUMBER),
        Column("born_on", ("出生日期", "出生年月日", "生日", "born on", "date of birth"), Reads.DAY),
        _SINCE,
    ),
    parties=(
        Party(code="household", kind="family", name="head", suffix="家", prefix="f", number="household",
              scheme="household"),
        Party(code="member", kind="person", name="name", prefix="p", number="number", scheme="villager",
              born_on="born_on", within="household", main=True),
        Party(code="head", kind="person", name="head", prefix="p", within="household", circle="member"),
    ),
    bonds=(
        Bond(kind="resides_in", source="household", targets=(OF,)),
        Bond(kind="resides_in", source="member", targets=(OF,), one="source", belonging=True),
        Bond(kind="family_of", source="member", targets=("household",), one="source"),
        Bond(kind="heads", source="head", targets=("household",), one="target"),
        Bond(kind="parent_of", source="head", targets=("member",), when=("relation", frozenset(_CHILDREN))),
        Bond(kind="parent_of", source="member", targets=("head",), when=("relation", frozenset(_PARENTS))),
    ),
)  # fmt: skip

ENTERPRISE = Shape(
    code="enterprise",
    kept_by=("enterprise",),
    columns=(
        Column("number", ("工号", "员工号", "员工编号", "employee number", "staff number", "number"), Reads.NUMBER,
               needed=True),
        Column("name", ("姓名", "员工姓名", "职工姓名", "name", "employee"), needed=True),
        Column("department", ("部门", "所在部门", "科室", "department"), needed=True),
        Column("branch", ("分公司", "分支机构", "门店", "branch")),
        Column("job", ("职务", "岗位", "职位", "job", "position", "title")),
        Column("supervisor", ("直接上级", "上级", "主管", "部门负责人", "supervisor", "manager")),
        Column("supervisor_number", ("上级工号", "主管工号", "supervisor number"), Reads.NUMBER),
        Column("representative", ("法定代表人", "法人代表", "法人", "legal representative")),
        Column("born_on", ("出生日期", "生日", "born on", "date of birth"), Reads.DAY),
        _SINCE,
    ),
    parties=(
        Party(code="branch", kind="branch", name="branch", prefix="branch"),
        Party(code="department", kind="department", name="department", prefix="dept"),
        Party(code="employee", kind="person", name="name", prefix="p", number="number", scheme="staff",
              born_on="born_on", circle="staff", main=True),
        Party(code="supervisor", kind="person", name="supervisor", prefix="p", number="supervisor_number",
              scheme="staff", circle="staff"),
        Party(code="representative", kind="person", name="representative", prefix="p", circle="staff"),
    ),
    bonds=(
        Bond(kind="branch_of", source="branch", targets=(OF,)),
        Bond(kind="department_of", source="department", targets=(OF,)),
        Bond(kind="employed_by", source="employee", targets=("branch", OF), one="source", belonging=True,
             role_from="job"),
        Bond(kind="employed_by", source="employee", targets=("department",), one="source"),
        Bond(kind="leads", source="supervisor", targets=("department",)),
        Bond(kind="legal_representative_of", source="representative", targets=(OF,), one="target"),
    ),
)  # fmt: skip

SHAPES = {shape.code: shape for shape in (SCHOOL, VILLAGE, ENTERPRISE)}


def shape_of(titles: Sequence[str]) -> Shape | None:
    """Tell by the titles of a header which roster it is: one whose needed columns are all there.

    >>> shape_of(["序号", "班级", "学号", "姓名"]).code
    'school'
    """
    plain = {plain_title(title) for title in titles if title}
    for shape in SHAPES.values():
        found = {code for title, code in shape.codes().items() if title in plain}
        if all(column.code in found for column in shape.columns if column.needed):
            return shape
    return None
