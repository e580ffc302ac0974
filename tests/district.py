"""Three schemes that file in each other: a village, its district, and the enterprises."""

from __future__ import annotations

TITLE = "title: {en: Rule, zh: 规则}, basis: Measures"

VILLAGE = f"""
scheme: village
title: {{en: Village, zh: 村}}
subjects: [person, family]
records_of: [person]
base: 1000
period: year
time_zone: Asia/Shanghai
valid: period
grades: [{{grade: "5", above: 1060}}, {{grade: "4", above: 1040}}, {{grade: "2", above: 990}}, {{grade: "1"}}]
rules:
  helped: {{{TITLE}, points: {{from: 1, to: 100}}, topic: care}}
  littered: {{{TITLE}, points: {{from: -100, to: -1}}, topic: environment, valid: 2 years, repair: {{after: 0 days}}}}
  district-c: {{{TITLE}, points: -80, topic: duty, derived: true}}
  district-d: {{{TITLE}, points: -100, topic: duty, derived: true}}
routes:
  family: {{path: person -member_of-> family, merit: {{percent: 50}}, fan_out: 5}}
  relatives: {{path: person -member_of-> family <-member_of- person, merit: {{percent: 50}}, fan_out: 5}}
bridges:
  stars: {{to: district, when: period_end, files: {{"5": five-stars, "4": four-stars, "2": two-stars}}}}
"""
DISTRICT = f"""
scheme: district
title: {{en: District, zh: 区}}
subjects: [person]
base: 1000
period: year
time_zone: Asia/Shanghai
notice_days: 5
valid: 1 year
demerits: {{repair: {{after: 0 days}}}}
grades: [{{grade: A, at_least: 960}}, {{grade: B, at_least: 850}}, {{grade: C, at_least: 600}}, {{grade: D}}]
rules:
  five-stars: {{{TITLE}, points: 15, topic: honours, derived: true}}
  four-stars: {{{TITLE}, points: 10, topic: honours, derived: true}}
  two-stars: {{{TITLE}, points: 1, topic: honours, derived: true, subjects: [person]}}
  listed: {{{TITLE}, grade: D, topic: debts}}
  firm-listed:
    {{{TITLE}, grade: C, topic: debts, derived: true, repair: {{after: 0 days, replaced_by: firm-performed}}}}
  firm-performed: {{{TITLE}, points: -60, topic: debts, derived: true}}
bridges:
  grades: {{to: village, when: direct_grade, files: {{C: district-c, D: district-d}}}}
"""
ENTERPRISE = f"""
scheme: enterprise
title: {{en: Enterprises, zh: 企业}}
subjects: [enterprise]
base: 1000
period: year
time_zone: Asia/Shanghai
valid: until_corrected
demerits: {{repair: {{after: 0 days}}}}
grades: [{{grade: A, at_least: 900}}, {{grade: D}}]
rules:
  on-court-list:
    {{{TITLE}, grade: D, topic: debts,
     also: [{{path: enterprise <-legal_representative_of- person, scheme: district, rule: firm-listed}}]}}
"""
TIES = """
member_of: {title: {en: T, zh: 关}, reverse: {en: T, zh: 关}, ends: [person -> family]}
legal_representative_of: {title: {en: T, zh: 关}, reverse: {en: T, zh: 关}, ends: [person -> enterprise]}
"""
FILES = {"village.yaml": VILLAGE, "district.yaml": DISTRICT, "enterprise.yaml": ENTERPRISE, "ties.yaml": TIES}
