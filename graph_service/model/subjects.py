"""Subjects: whoever and whatever can be spoken of."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from msgspec import Struct

from graph_service.errors import IdMalformed, IdPersonal

#: What an id looks like; printed into statements too.
ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: What an id must not look like: identity cards (15 digits, or 17 and a check character), mobile and landline
#: telephones of mainland China.
PERSONAL = re.compile(r"\d{15}|\d{17}[\dXx]|(?:\+?86-?)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}")


class SubjectKind(StrEnum):
    """What a subject is. A kind never changes."""

    PERSON = "person"
    FAMILY = "family"
    STUDY_GROUP = "study_group"
    SCHOOL_CLASS = "school_class"
    SCHOOL = "school"
    ENTERPRISE = "enterprise"
    BRANCH = "branch"
    WORK_TEAM = "work_team"
    DEPARTMENT = "department"
    ORGAN = "organ"
    HOSPITAL = "hospital"
    VILLAGE = "village"
    COMMUNITY = "community"
    MERCHANT = "merchant"
    ALLIANCE = "alliance"
    ASSOCIATION = "association"


class AgeClass(StrEnum):
    """How old a person is, as far as consent is concerned."""

    UNDER_14 = "under_14"
    FROM_14_TO_17 = "from_14_to_17"
    ADULT = "adult"


class Subject(Struct, frozen=True, kw_only=True):
    """A node of the trust network, known by an opaque id."""

    id: str
    kind: SubjectKind
    #: The public name of an organisation; names of persons and families are in the vault.
    name: str | None = None
    #: The first day on which anything may have happened to it; None where that was not stated.
    since: date | None = None
    #: The first day on which it is no longer scored; None while it is.
    until: date | None = None
    #: The position in the journal at which it was enrolled.
    seq: int = 0


class AgeChange(Struct, frozen=True, kw_only=True):
    """The day from which a person is of an age class."""

    subject: str
    age_class: AgeClass
    since: date
    seq: int = 0


#: Kinds whose names are personal data and so belong in the vault.
PERSONAL_KINDS = frozenset({SubjectKind.PERSON, SubjectKind.FAMILY})


def checked_id(value: str, field: str) -> str:
    """Give back an id that may be used; refuse one that is malformed or looks like a number of a person's own.

    Raises:
        IdMalformed: It is not 1 to 64 of the allowed characters.
        IdPersonal: It looks like an identity card or telephone number, which belongs in the vault.

    >>> checked_id("pupil-17", "id")
    'pupil-17'
    """
    if ID.fullmatch(value) is None:
        raise IdMalformed(field=field, value=value[:80])
    if PERSONAL.fullmatch(value) is not None:
        raise IdPersonal(field=field)
    return value
