"""A small policy that has one of everything, to be spoiled one line at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from graph_service.policy.faults import PolicyFaults
from graph_service.policy.parse import parse_policy

TIES = """\
member_of:
  title: {en: Is a member of, zh: 属于}
  reverse: {en: Has as a member, zh: 成员}
  ends:
    - {source: person, target: study_group, each_source_at_most: 1}
    - person -> school_class
  attributes: {role: text}
  opened_by: [school_office]
mentors:
  title: {en: Accompanies, zh: 结对帮扶}
  reverse: {en: Is accompanied by, zh: 结对导师}
  ends: [person -> person]
"""

SCHOOL = """\
scheme: school
title: {en: School, zh: 学校}
subjects: [person, study_group]
base: 1000
floor: 0
ceiling: 1300
period: term
time_zone: Asia/Shanghai
grades:
  - {grade: AA, at_least: 1030}
  - {grade: A, above: 960}
  - {grade: D}
notice_days: 7
contest: {decide_within: 7, lapses_after: 30}
records_of: [person]
valid: period
demerits: {valid: 1 year, repeat: {times: 2}, repair: {after: 30 days}}
rules:
  returned-lost-property:
    title: {en: Hands back lost property, zh: 拾金不昧}
    points: 25
    limits: [{acts: 3, per: year}, {points: 50, per: period}]
    basis: Agreement of the school
    topic: honesty
  helped:
    title: {en: Helps, zh: 帮助}
    points: {from: 1, to: 5}
    basis: Agreement of the school
    topic: care
  gave:
    title: {en: Gives, zh: 捐赠}
    bands:
      unit: yuan
      each:
        - {up_to: 1000, step: 100, points: 1}
        - {step: 400, points: 1}
    basis: Agreement of the school
    topic: charity
  volunteered:
    title: {en: Volunteers, zh: 志愿}
    tiers:
      unit: hour
      per: year
      totals:
        - {at_least: 10, points: 2}
        - {at_least: 20, points: 5}
    basis: Agreement of the school
    topic: volunteering
  bullying:
    title: {en: Bullies, zh: 欺凌}
    points: -15
    repair: {after: 60 days, replaced_by: mended}
    basis: Agreement of the school
    topic: conduct
  mended:
    title: {en: Mended, zh: 已改正}
    points: -5
    valid: until_corrected
    basis: Agreement of the school
    topic: conduct
  expelled:
    title: {en: Expelled, zh: 除名}
    grade: D
    basis: Agreement of the school
    topic: conduct
    also: [{path: person -mentors-> person, scheme: village, rule: mentor-of-expelled}]
  starred: {title: {en: Five stars, zh: 五星}, points: 3, derived: true, basis: Agreement of the school, topic: honours}
routes:
  study-group:
    path: person -member_of-> study_group <-member_of- person
    merit: {percent: 20, at_most: 5}
    demerit: {percent: 10, at_most: 1, consent: {purpose: shared-demerit, of: [actor, target]}, except: [bullying]}
    fan_out: 10
    vesting: 30
    cap: {points: 10, per: period}
  teacher:
    path: person <-mentors- person
    merit: {table: {helped: 1}}
    fan_out: 2
"""

VILLAGE = """\
scheme: village
title: {en: Village, zh: 村}
subjects: [person]
base: 1000
period: year
time_zone: Asia/Shanghai
grades: [{grade: "5", above: 1060}, {grade: "0"}]
valid: period
rules:
  five-stars:
    title: {en: Five stars, zh: 五星}
    points: 15
    basis: Measures, art. 41
    topic: honours
  mentor-of-expelled:
    title: {en: Mentor, zh: 结对导师}
    points: -5
    derived: true
    basis: Measures, art. 6
    topic: duty
bridges:
  stars:
    to: school
    when: period_end
    files: {"5": starred}
"""

MEASURES = """\
library:
  title: {en: Eight books, zh: 八本书}
  scheme: school
  grades: [AA]
  effect: benefit
  granted_by: Library
  basis: House rules of the library
"""

Found = tuple[str, int | None, str, str]


@pytest.fixture
def files() -> dict[str, str]:
    return {
        "measures.yaml": MEASURES,
        "school.yaml": SCHOOL,
        "ties.yaml": TIES,
        "village.yaml": VILLAGE,
    }


@pytest.fixture
def found_in() -> Callable[[Mapping[str, str]], list[Found]]:
    """Give the faults of a policy as (file, line, field, code)."""

    def find(texts: Mapping[str, str]) -> list[Found]:
        try:
            parse_policy("tried", texts)
        except PolicyFaults as refused:
            return [(fault.file, fault.line, fault.field, fault.refusal.code) for fault in refused.faults]
        return []

    return find
