"""Every fault is told with its file, line, field and code, and with nothing beside it."""

# ruff: noqa: E501 - a table of cases is read by its columns
from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from string import Formatter

import pytest

from graph_service.policy import faults
from graph_service.policy.faults import PolicyFaults, PolicyRefusal
from graph_service.policy.nodes import FILE_BYTES_MAX
from graph_service.policy.parse import parse_policy

Found = tuple[str, int | None, str, str]
Find = Callable[[Mapping[str, str]], list[Found]]

LOST = "rules.returned-lost-property"
GROUP = "routes.study-group"

# What is replaced in school.yaml, by what, and then: the text whose line is named, the field, the code.
SCHOOL_CASES = [
    # Fields
    ("notice_days: 7", "notice_day: 7", "notice_day:", "notice_day", "policy_field_unknown"),
    ("base: 1000\n", "", "scheme:", "base", "policy_field_missing"),
    ("base: 1000", "base:", "base:", "base", "policy_field_missing"),
    ("base: 1000", "base: 1000\nbase: 900", "base: 900", "base", "policy_field_twice"),
    ("    points: 25\n", "", "returned-lost", LOST, "policy_choice_unclear"),
    ("    points: 25", "    points: 25\n    grade: D", "returned-lost", LOST, "policy_choice_unclear"),
    ("    fan_out: 2\n", "", "teacher:", "routes.teacher.fan_out", "policy_field_missing"),
    # Values
    ("period: term", "period: decade", "period:", "period", "policy_name_unknown"),
    ("valid: period", "valid: forever", "valid:", "valid", "policy_value_unfit"),
    ("valid: period", "valid: 6 years", "valid:", "valid", "policy_value_unfit"),
    ("valid: 1 year", "valid: 0 days", "demerits:", "demerits.valid", "policy_value_unfit"),
    ("period: term", "period: {kind: term, starts: [02-29]}", "period:", "period.starts.1", "policy_value_unfit"),
    ("period: term", "period: {kind: term, starts: [08-20, 02-15]}", "period:", "period.starts", "policy_value_unfit"),
    ("period: term", "period: {kind: year, starts: [02-15]}", "period:", "period.starts", "policy_value_unfit"),
    ("Asia/Shanghai", "Asia/Shangai", "time_zone:", "time_zone", "policy_value_unfit"),
    ("Asia/Shanghai", "../../etc/passwd", "time_zone:", "time_zone", "policy_value_unfit"),
    ("scheme: school", "scheme: Our School", "scheme:", "scheme", "policy_value_unfit"),
    ("from: 1, to: 5", "from: 5, to: 1", "from:", "rules.helped.points", "policy_value_unfit"),
    ("from: 1, to: 5", "from: -1, to: 5", "from:", "rules.helped.points", "policy_value_unfit"),
    ("points: 25", "points: 0", "points: 0", f"{LOST}.points", "policy_value_unfit"),
    ("subjects: [person, study_group]", "subjects: person", "subjects:", "subjects", "policy_value_unfit"),
    ("title: {en: School, zh: 学校}", "title: School", "title:", "title", "policy_value_unfit"),
    ("after: 60 days", "after: soon", "after: soon", "rules.bullying.repair.after", "policy_value_unfit"),
    (
        "<-mentors- person",
        "<-mentors-> person",
        "<-mentors->",
        "routes.teacher.path",
        "policy_value_unfit",
    ),
    ("  teacher:", "  own:", "own:", "routes.own", "policy_field_twice"),
    ("repair: {after: 30 days}}", "repiar: {after: 30 days}}", "demerits:", "demerits.repiar", "policy_field_unknown"),
    # Numbers
    ("points: 25", "points: 0.1234567", "0.1234567", f"{LOST}.points", "policy_number_unfit"),
    ("points: 25", "points: 1000000.000001", "1000000.0", f"{LOST}.points", "policy_number_unfit"),
    ("points: 25", "points: 1e3", "1e3", f"{LOST}.points", "policy_number_unfit"),
    ("points: 25", "points: \uff12\uff15", "\uff12\uff15", f"{LOST}.points", "policy_number_unfit"),
    ("floor: 0", "floor: 1000.5", "floor:", "floor", "policy_number_unfit"),
    ("ceiling: 1300", "ceiling: 999", "ceiling:", "ceiling", "policy_number_unfit"),
    ("notice_days: 7", "notice_days: 7.5", "notice_days:", "notice_days", "policy_number_unfit"),
    ("lapses_after: 30", "lapses_after: 31", "contest:", "contest.lapses_after", "policy_number_unfit"),
    ("percent: 20", "percent: 100.01", "100.01", f"{GROUP}.merit.percent", "policy_percent_over_100"),
    ("percent: 20", "percent: -1", "percent: -1", f"{GROUP}.merit.percent", "policy_number_unfit"),
    ("percent: 20", "percent: 1.001", "1.001", f"{GROUP}.merit.percent", "policy_number_unfit"),
    # Names
    ("[person, study_group]", "[person, study_grup]", "subjects:", "subjects.2", "policy_kind_unknown"),
    ("-member_of-> study_group <", "-member_of-> group <", "path:", f"{GROUP}.path", "policy_kind_unknown"),
    ("<-mentors-", "<-mentor-", "<-mentor-", "routes.teacher.path", "policy_kind_unknown"),
    ("grade: D\n", "grade: E\n", "grade: E", "rules.expelled.grade", "policy_name_unknown"),
    ("except: [bullying]", "except: [bulying]", "bulying", f"{GROUP}.demerit.except", "policy_name_unknown"),
    ("{helped: 1}", "{helpd: 1}", "helpd", "routes.teacher.merit.table.helpd", "policy_name_unknown"),
    ("replaced_by: mended", "replaced_by: mend", "by: mend", "rules.bullying.repair.replaced_by", "policy_name_unknown"),
    ("topic: care", "topic: caring", "caring", "rules.helped.topic", "policy_name_unknown"),
    ("topic: care", "topic: religion", "religion", "rules.helped.topic", "policy_topic_forbidden"),
    ("{en: Helps,", "{en: Stops a petition,", "topic: care", "rules.helped.topic", "policy_topic_forbidden"),
    # Meaning
    (
        "    basis: Agreement of the school\n    topic: care",
        "    topic: care",
        "helped:",
        "rules.helped.basis",
        "policy_basis_missing",
    ),
    ("records_of: [person]", "records_of: [family]", "records_of:", "records_of", "policy_standing_missing"),
    ("{from: 1, to: 5}", "{from: 1, to: 5}\n    subjects: [family]", "subjects: [family]", "rules.helped.subjects", "policy_standing_missing"),
    ("person <-mentors- person", "person -member_of-> school_class", "school_class", "routes.teacher.path", "policy_standing_missing"),
    ("person <-mentors- person", "person <-member_of- study_group", "<-member_of- study_group\n", "routes.teacher.path", "policy_step_unfit"),
    ("percent: 20", "percent: 0", "percent: 0", f"{GROUP}.merit", "policy_route_without_end"),
    ("    merit: {table: {helped: 1}}\n", "", "teacher:", "routes.teacher", "policy_route_without_end"),
    ("consent: {purpose: shared-demerit, of: [actor, target]}, ", "", "demerit: {", f"{GROUP}.demerit", "policy_consent_missing"),
    ("of: [actor, target]", "of: [actor]", "demerit: {", f"{GROUP}.demerit", "policy_consent_missing"),
    (
        "{table: {helped: 1}}",
        "{percent: 1, consent: {purpose: shared, of: [middle]}}",
        "middle",
        "routes.teacher.merit.consent.of",
        "policy_value_unfit",
    ),
    (
        "  teacher:",
        "  again:\n    path: person -member_of->  study_group<-member_of-person\n    merit: {fixed: 1}\n    fan_out: 1\n  teacher:",
        "study_group<-",
        "routes.again.path",
        "policy_path_twice",
    ),
    ("    valid: until_corrected", "    valid: until_corrected\n    repair: none", "    valid: until", "rules.mended.valid", "policy_end_missing"),
    ("above: 960", "above: 1030", "above: 1030", "grades.2", "policy_grades_not_falling"),
    ("{grade: D}", "{grade: D, at_least: 0}", "grade: D,", "grades.3", "policy_grades_open"),
    ("{grade: A, above: 960}", "{grade: A}", "grade: A}", "grades.2.at_least", "policy_field_missing"),
    ("{grade: A, above", "{grade: AA, above", "grade: AA, above", "grades.2", "policy_field_twice"),
    ("{up_to: 1000, step", "{step", "{step: 100", "rules.gave.bands.each.1", "policy_bands_overlap"),
    ("{step: 400", "{up_to: 900, step: 400", "up_to: 900", "rules.gave.bands.each.2", "policy_bands_overlap"),
    ("points: 5}\n    basis", "points: 2}\n    basis", "least: 20", "rules.volunteered.tiers.totals.2", "policy_tiers_fall"),
    ("least: 20", "least: 10.0", "least: 10.0", "rules.volunteered.tiers.totals.2", "policy_tiers_fall"),
    ("points: 50,", "points: 24,", "points: 24,", f"{LOST}.limits.2", "policy_limit_below_award"),
    ("{points: 10, per", "{points: 4, per", "merit: {percent: 20", f"{GROUP}.merit", "policy_limit_below_award"),
    (
        "valid: 1 year,",
        "valid: [{up_to: 40, valid: 1 year}, {up_to: 40, valid: 2 years}, {valid: 3 years}], grades_valid: {D: 5 years},",
        "demerits:",
        "demerits.valid.2",
        "policy_bands_overlap",
    ),
    ("    valid: until_c", "    valid: [{valid: 1 year}, {valid: 2 years}]\n    #", "    valid: [{", "rules.mended.valid.1", "policy_bands_overlap"),
    ("    valid: until_c", "    valid: [{up_to: 40, valid: 1 year}]\n    #", "    valid: [{", "rules.mended.valid.1", "policy_validity_open"),
    ("    valid: until_c", "    valid: [{up_to: 0, valid: 1 year}, {valid: 2 years}]\n    #", "    valid: [{", "rules.mended.valid.1.up_to", "policy_number_unfit"),
    ("    valid: until_c", "    valid: [{up_to: 4, valid: 6 years}, {valid: 2 years}]\n    #", "    valid: [{", "rules.mended.valid.1.valid", "policy_value_unfit"),
    ("    valid: until_c", "    valid: []\n    #", "    valid: []", "rules.mended.valid", "policy_value_unfit"),
    ("demerits: {valid: 1 year,", "demerits: {valid: [{up_to: 40, valid: 1 year}, {valid: 2 years}],", "expelled:", "rules.expelled.valid", "policy_grade_validity_missing"),
    ("    grade: D\n", "    grade: D\n    valid: [{up_to: 40, valid: 1 year}, {valid: 2 years}]\n", "    valid: [{", "rules.expelled.valid", "policy_grade_validity_missing"),
    ("demerits: {", "demerits: {grades_valid: {E: 2 years}, ", "demerits:", "demerits.grades_valid", "policy_name_unknown"),
    ("demerits: {", "demerits: {grades_valid: [D], ", "demerits:", "demerits.grades_valid", "policy_value_unfit"),
    ("demerits: {", "demerits: {grades_valid: {D: 6 years}, ", "demerits:", "demerits.grades_valid.D", "policy_value_unfit"),
    # YAML
    ("base: 1000", "base: &b 1000", "base:", "base", "policy_yaml_unfit"),
    ("base: 1000", "base: !!int 1000", "base:", "base", "policy_yaml_unfit"),
    ("scheme: school\n", "%YAML 1.2\n---\nscheme: school\n", "---", "", "policy_yaml_unfit"),
    ("base: 1000", "base: 1000\n? [a]\n: 1", "? [a]", "", "policy_yaml_unfit"),
    ("base: 1000", "base: 1000\n*x : 1", "*x", "", "policy_yaml_unfit"),
    ("base: 1000", "base: '1000", "helped:", "", "policy_yaml_broken"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line_of", "field", "code"), SCHOOL_CASES)
def test_a_fault_is_told_with_its_place(
    files: dict[str, str], found_in: Find, old: str, new: str, line_of: str, field: str, code: str
) -> None:
    assert old in files["school.yaml"]
    files["school.yaml"] = text = files["school.yaml"].replace(old, new, 1)

    found = found_in(files)

    if code == "policy_yaml_broken":
        assert [(file, place, told) for file, _, place, told in found] == [("school.yaml", "", code)]
        return
    line = text[: text.index(line_of)].count("\n") + 1
    if code == "policy_yaml_unfit":
        # Reading goes on behind it, and may find that something is missing.
        assert ("school.yaml", line, field, code) in found
        return
    assert found == [("school.yaml", line, field, code)]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "field", "code"),
    [
        ("ties.yaml", "person -> school_class", "person -> klass", 6, "member_of.ends.2", "policy_kind_unknown"),
        ("ties.yaml", "person -> school_class", "person = klass", 6, "member_of.ends.2", "policy_value_unfit"),
        ("ties.yaml", "person -> school_class", "person -> study_group", 6, "member_of.ends.2", "policy_field_twice"),
        ("ties.yaml", "source: person", "source: human", 5, "member_of.ends.1.source", "policy_kind_unknown"),
        ("ties.yaml", "most: 1", "most: 0", 5, "member_of.ends.1.each_source_at_most", "policy_number_unfit"),
        ("ties.yaml", "role: text", "role: prose", 7, "member_of.attributes.role", "policy_name_unknown"),
        ("ties.yaml", "mentors:", "Mentors:", 9, "Mentors", "policy_value_unfit"),
        ("village.yaml", "scheme: village", "scheme: school", 1, "scheme", "policy_field_twice"),
        ("village.yaml", "Asia/Shanghai", "Asia/Urumqi", 6, "time_zone", "policy_time_zones_differ"),
        ("village.yaml", "to: school", "to: village", 17, "bridges.stars.to", "policy_loop"),
        ("village.yaml", "to: school", "to: district", 17, "bridges.stars.to", "policy_name_unknown"),
        ("village.yaml", '"5": helped', '"5": hlped', 19, "bridges.stars.files.5", "policy_name_unknown"),
        ("village.yaml", '"5": helped', '"6": helped', 19, "bridges.stars.files", "policy_name_unknown"),
        ("village.yaml", "when: period_end", "when: never", 18, "bridges.stars.when", "policy_name_unknown"),
        ("measures.yaml", "scheme: school", "scheme: shool", 3, "library.scheme", "policy_name_unknown"),
        ("measures.yaml", "[AA]", "[AAA]", 4, "library.grades", "policy_name_unknown"),
        ("measures.yaml", "  basis: House rules of the library\n", "", 1, "library.basis", "policy_basis_missing"),
    ],
)  # fmt: skip
def test_a_fault_in_another_file_is_told_too(
    files: dict[str, str], found_in: Find, file: str, old: str, new: str, line: int, field: str, code: str
) -> None:
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)

    assert (file, line, field, code) in found_in(files)


def test_rules_that_replace_each_other_in_a_circle_are_a_loop(files: dict[str, str], found_in: Find) -> None:
    files["school.yaml"] = files["school.yaml"].replace(
        "    valid: until_corrected", "    repair: {after: 1 day, replaced_by: bullying}"
    )

    assert found_in(files) == [
        ("school.yaml", 52, "rules.bullying.repair.replaced_by", "policy_loop"),
        ("school.yaml", 58, "rules.mended.repair.replaced_by", "policy_loop"),
    ]


def test_an_alias_is_refused_and_never_expanded(files: dict[str, str], found_in: Find) -> None:
    layers = "\n".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]" for n in range(1, 9))
    files["school.yaml"] = f"x0: &x0 [1]\n{layers}\n" + files["school.yaml"]

    found = found_in(files)

    assert ("school.yaml", 2, "x1.1", "policy_yaml_unfit") in found
    assert ("school.yaml", 1, "x0", "policy_yaml_unfit") in found


def test_nesting_has_an_end(files: dict[str, str], found_in: Find) -> None:
    files["school.yaml"] = "scheme: " + "[" * 100_000

    assert [code for _, _, _, code in found_in(files)] == ["policy_yaml_unfit"]


def test_a_second_document_is_refused(files: dict[str, str], found_in: Find) -> None:
    line = files["school.yaml"].count("\n") + 1
    files["school.yaml"] += "---\nscheme: other\n"

    assert found_in(files) == [("school.yaml", line, "", "policy_yaml_unfit")]


def test_a_file_has_a_largest_size(files: dict[str, str], found_in: Find) -> None:
    files["school.yaml"] += "#" * (FILE_BYTES_MAX - len(files["school.yaml"].encode()))
    assert found_in(files) == []

    files["school.yaml"] += "#"

    assert found_in(files) == [("school.yaml", None, "", "policy_file_too_large")]


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_no_scheme(files: dict[str, str], found_in: Find, text: str) -> None:
    files["school.yaml"] = text

    assert found_in(files) == [("school.yaml", None, "", "policy_field_missing")]


def test_ties_and_a_scheme_are_needed(files: dict[str, str], found_in: Find) -> None:
    assert found_in({"village.yaml": files["village.yaml"].partition("bridges")[0]}) == [
        ("ties.yaml", None, "", "policy_file_missing")
    ]
    assert found_in({"ties.yaml": files["ties.yaml"]}) == [("ties.yaml", None, "", "policy_file_missing")]
    assert [code for *_, code in found_in({})] == ["policy_file_missing", "policy_file_missing"]


def test_a_file_of_another_name_is_not_passed_over(files: dict[str, str], found_in: Find) -> None:
    files["school.yml"] = files.pop("school.yaml")

    assert found_in(files) == [("school.yml", None, "", "policy_file_name_unfit")]


def test_a_file_that_cannot_be_read_brings_no_faults_to_others(files: dict[str, str], found_in: Find) -> None:
    files["ties.yaml"] = "member_of: ["
    files["school.yaml"] = "scheme: ["

    assert [(file, code) for file, _, _, code in found_in(files)] == [
        ("school.yaml", "policy_yaml_broken"),
        ("ties.yaml", "policy_yaml_broken"),
    ]


def test_twelve_faults_are_told_at_once(files: dict[str, str], found_in: Find) -> None:
    spoiled = [
        ("school.yaml", "notice_days: 7", "notice_day: 7"),
        ("school.yaml", "points: 25", "points: 0.0000001"),
        ("school.yaml", "percent: 20", "percent: 120"),
        ("school.yaml", "topic: care", "topic: health"),
        ("school.yaml", "[bullying]", "[bulying]"),
        ("school.yaml", "replaced_by: mended", "replaced_by: bullying"),
        ("school.yaml", "above: 960", "above: 1040"),
        ("school.yaml", "    fan_out: 2\n", ""),
        ("school.yaml", "{step: 400", "{up_to: 1, step: 400"),
        ("ties.yaml", "person -> school_class", "person -> klass"),
        ("village.yaml", "Asia/Shanghai", "Europe/Paris"),
        ("village.yaml", "    basis: Measures, art. 41\n", ""),
    ]
    for file, old, new in spoiled:
        assert old in files[file]
        files[file] = files[file].replace(old, new, 1)

    assert found_in(files) == [
        ("school.yaml", 11, "grades.2", "policy_grades_not_falling"),
        ("school.yaml", 13, "notice_day", "policy_field_unknown"),
        ("school.yaml", 21, "rules.returned-lost-property.points", "policy_number_unfit"),
        ("school.yaml", 29, "rules.helped.topic", "policy_topic_forbidden"),
        ("school.yaml", 36, "rules.gave.bands.each.2", "policy_bands_overlap"),
        ("school.yaml", 52, "rules.bullying.repair.replaced_by", "policy_loop"),
        ("school.yaml", 69, "routes.study-group.merit.percent", "policy_percent_over_100"),
        ("school.yaml", 70, "routes.study-group.demerit.except", "policy_name_unknown"),
        ("school.yaml", 74, "routes.teacher.fan_out", "policy_field_missing"),
        ("ties.yaml", 6, "member_of.ends.2", "policy_kind_unknown"),
        ("village.yaml", 6, "time_zone", "policy_time_zones_differ"),
        ("village.yaml", 10, "rules.five-stars.basis", "policy_basis_missing"),
    ]


def test_a_scheme_without_rules_is_told_once(files: dict[str, str], found_in: Find) -> None:
    del files["measures.yaml"], files["village.yaml"]
    text = files["school.yaml"]
    rules = text[text.index("rules:") : text.index("routes:")]
    line = text[: text.index("rules:")].count("\n") + 1

    files["school.yaml"] = text.replace(rules, "rules: {}\n")

    assert found_in(files) == [("school.yaml", line, "rules", "policy_value_unfit")]


def test_a_sentence_names_the_fault_and_the_cure(files: dict[str, str]) -> None:
    files["school.yaml"] = files["school.yaml"].replace("notice_days: 7", "notice_day: 7")

    with pytest.raises(PolicyFaults) as refused:
        parse_policy("tried", files)

    (fault,) = refused.value.faults
    assert fault.refusal.sentence("en").startswith(
        "There is no field notice_day here. Did you mean notice_days? Known fields: notice_days,"
    )
    assert fault.refusal.sentence("zh").startswith("此处没有字段 notice_day。是否指 notice_days？")
    assert str(refused.value).startswith("school.yaml:13: notice_day: There is no field")


def test_every_refusal_is_coded_and_says_the_same_in_both_languages() -> None:
    classes = [
        value
        for value in vars(faults).values()
        if isinstance(value, type) and issubclass(value, PolicyRefusal) and value is not PolicyRefusal
    ]

    assert len({refusal.code for refusal in classes}) == len(classes)
    for refusal in classes:
        assert re.fullmatch(r"policy_[a-z0-9_]+", refusal.code)
        names = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (refusal.en, refusal.zh)]
        assert names[0] == names[1], refusal
