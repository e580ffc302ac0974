"""What can be wrong with a policy: one refusal each, whose sentence names the fault and the cure.

Parameters that hold an example or a list of choices are written in the language of policies itself, so that one text
serves both sentences.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph_service.errors import Refusal
from graph_service.model.faults import Fault


class PolicyFaults(Exception):
    """A policy that cannot be used. It carries every fault at once, in order of file, line and field."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(f"{fault.file}:{fault.line or 0}: {fault.field}: {fault.refusal}" for fault in self.faults)


class PolicyRefusal(Refusal):
    """Something in a policy is not as it has to be."""


# -- Folders and files -----------------------------------------------------------------------------


class PolicyFolderMissing(PolicyRefusal):
    """There is no folder of that name."""

    code = "policy_folder_missing"
    en = "There is no folder {path}. Correct the path; a policy is a folder of .yaml files."
    zh = "没有目录 {path}。请改正路径；政策是一个包含 .yaml 文件的目录。"


class PolicyFolderEmpty(PolicyRefusal):
    """The folder holds no policy file."""

    code = "policy_folder_empty"
    en = "There is no .yaml file in {path}. Put one file per scheme and a ties.yaml there."
    zh = "{path} 中没有 .yaml 文件。请为每个方案放置一个文件，并放置 ties.yaml。"


class PolicyEditionUnknown(PolicyRefusal):
    """No edition of that name ships with the program."""

    code = "policy_edition_unknown"
    en = "No edition called {name} ships with trustnet. Did you mean {nearest}? There are: {known}."
    zh = "trustnet 没有附带名为 {name} 的版本。是否指 {nearest}？现有：{known}。"


class PolicyFileNameUnfit(PolicyRefusal):
    """A file would be passed over because of its name."""

    code = "policy_file_name_unfit"
    en = "The file {name} would be passed over. Give it a name that ends in .yaml."
    zh = "文件 {name} 会被忽略。请使用以 .yaml 结尾的文件名。"


class PolicyFileNotText(PolicyRefusal):
    """The file is not UTF-8, or cannot be read at all."""

    code = "policy_file_not_text"
    en = "The file {name} is no UTF-8 text that can be read. Save it as UTF-8 and allow it to be read."
    zh = "无法按 UTF-8 文本读取文件 {name}。请以 UTF-8 保存并允许读取。"


class PolicyFileTooLarge(PolicyRefusal):
    """The file is larger than a policy file may be."""

    code = "policy_file_too_large"
    en = "The file is larger than {most} bytes. Split it into several schemes, or remove what is no policy."
    zh = "文件超过 {most} 字节。请拆分为多个方案，或删除不属于政策的内容。"


class PolicyFileMissing(PolicyRefusal):
    """A file that the policy cannot do without is not there."""

    code = "policy_file_missing"
    en = "The policy has no {name}. Add the file; docs/reference/policy.md shows what belongs into it."
    zh = "政策缺少 {name}。请补充该文件，内容见 docs/reference/policy.md。"


class PolicyYamlBroken(PolicyRefusal):
    """The text is not YAML."""

    code = "policy_yaml_broken"
    en = "From here on the text is not YAML: {problem}. Check indentation, quotes and brackets at this line."
    zh = "从此处起不是有效的 YAML：{problem}。请检查本行的缩进、引号和括号。"


class PolicyYamlUnfit(PolicyRefusal):
    """The text uses a part of YAML that policies do without: what is written is what is meant."""

    code = "policy_yaml_unfit"
    en = "Policies use no {feature} of YAML. Write the value itself, plainly."
    zh = "政策不使用 YAML 的 {feature}。请直接写出值本身。"


# -- Fields and values -----------------------------------------------------------------------------


class PolicyFieldTwice(PolicyRefusal):
    """The same field, code or item stands twice."""

    code = "policy_field_twice"
    en = "{name} is given twice. Keep one of them."
    zh = "{name} 出现了两次。请只保留一处。"


class PolicyFieldUnknown(PolicyRefusal):
    """There is no such field here."""

    code = "policy_field_unknown"
    en = "There is no field {name} here. Did you mean {nearest}? Known fields: {known}."
    zh = "此处没有字段 {name}。是否指 {nearest}？可用字段：{known}。"


class PolicyFieldMissing(PolicyRefusal):
    """A field that is needed is absent or empty."""

    code = "policy_field_missing"
    en = "The field {name} is missing or empty. Write a value for it."
    zh = "缺少字段 {name}，或其值为空。请填写。"


class PolicyBasisMissing(PolicyRefusal):
    """Nothing may be scored that rests on no regulation or agreement."""

    code = "policy_basis_missing"
    en = "{name} has no basis. Name the regulation and article, or the agreement, that it rests on."
    zh = "{name} 没有依据。请写明所依据的法规条款或约定。"


class PolicyChoiceUnclear(PolicyRefusal):
    """Exactly one of several fields is needed."""

    code = "policy_choice_unclear"
    en = "{found} of these fields are given: {choices}. Give exactly one."
    zh = "以下字段给出了 {found} 个：{choices}。请只给出一个。"


class PolicyValueUnfit(PolicyRefusal):
    """The value has not the form that is wanted."""

    code = "policy_value_unfit"
    en = "{value} does not fit here. Write it like this: {wanted}"
    zh = "{value} 不合要求。请写成：{wanted}"


class PolicyNumberUnfit(PolicyRefusal):
    """The number is not exact or lies outside what is allowed."""

    code = "policy_number_unfit"
    en = "{value} is no number from {lowest} to {highest} with at most {places} decimal places. Correct it."
    zh = "{value} 不是 {lowest} 至 {highest} 之间、最多 {places} 位小数的数。请改正。"


class PolicyPercentOver100(PolicyRefusal):
    """Nobody is given more than the one who acted."""

    code = "policy_percent_over_100"
    en = "{value} percent is more than the record itself. Write 100 or less."
    zh = "{value}% 超过了记录本身。请填写不超过 100 的数。"


# -- Names -----------------------------------------------------------------------------------------


class PolicyKindUnknown(PolicyRefusal):
    """No kind of subject or tie has this name."""

    code = "policy_kind_unknown"
    en = "There is no kind called {name}. Did you mean {nearest}? Known kinds: {known}."
    zh = "没有名为 {name} 的类别。是否指 {nearest}？已知类别：{known}。"


class PolicyNameUnknown(PolicyRefusal):
    """A rule, grade, scheme, topic or the like that is named here is not declared."""

    code = "policy_name_unknown"
    en = "Nothing here is called {name}. Did you mean {nearest}? Known: {known}."
    zh = "此处没有名为 {name} 的项。是否指 {nearest}？已知：{known}。"


class PolicyTopicForbidden(PolicyRefusal):
    """The law does not let this be scored (domain rules R4 and R27)."""

    code = "policy_topic_forbidden"
    en = "{topic} may not be scored by law. Remove the rule; no other topic makes it lawful."
    zh = "依法不得对 {topic} 评分。请删除该规则；改换主题并不能使其合法。"


# -- Meaning ---------------------------------------------------------------------------------------


class PolicyStandingMissing(PolicyRefusal):
    """Subjects of this kind do not stand in the scheme, so points for them would be lost."""

    code = "policy_standing_missing"
    en = "A {kind} has no standing in this scheme. Add it to subjects, or name one of: {known}."
    zh = "{kind} 在本方案中没有信用状况。请把它加入 subjects，或改用：{known}。"


class PolicyStepUnfit(PolicyRefusal):
    """This tie cannot be walked between these kinds in this direction."""

    code = "policy_step_unfit"
    en = "The step {step} fits no {tie} tie. Such a tie runs: {known}. Turn the arrow, or name other kinds."
    zh = "步骤 {step} 不符合 {tie} 关系。该关系的方向：{known}。请调转箭头或改用其他类别。"


class PolicyPathTwice(PolicyRefusal):
    """Two routes walk the same path, and the second would never count."""

    code = "policy_path_twice"
    en = "The route {route} walks the same path already. Put both terms into one route."
    zh = "路线 {route} 已走同一路径。请把两项条款合并到一条路线。"


class PolicyRouteWithoutEnd(PolicyRefusal):
    """The route or term gives nothing."""

    code = "policy_route_without_end"
    en = "{name} gives nothing, so it leads nowhere. Give it more than 0, or remove it."
    zh = "{name} 没有给出任何分数，毫无作用。请给出大于 0 的值，或将其删除。"


class PolicyConsentMissing(PolicyRefusal):
    """Demerits between pupils need the consent of those who bear them (MOE Order 49 art. 12)."""

    code = "policy_consent_missing"
    en = "Demerits pass between pupils only with consent. Write consent: {{purpose: ..., of: [actor, target]}}."
    zh = "学生之间的扣分须经同意才可分担。请写 consent: {{purpose: ..., of: [actor, target]}}。"


class PolicyLoop(PolicyRefusal):
    """It leads back to itself."""

    code = "policy_loop"
    en = "This leads in a circle: {chain}. Let it end somewhere else."
    zh = "此处形成循环：{chain}。请让它在别处结束。"


class PolicyGradesNotFalling(PolicyRefusal):
    """Grades are listed from the highest to the lowest, each with a lower end but the last."""

    code = "policy_grades_not_falling"
    en = "The grade {grade} does not start below the one before. List grades from the highest to the lowest."
    zh = "等级 {grade} 的起点不低于前一等级。请由高到低列出等级。"


class PolicyGradesOpen(PolicyRefusal):
    """Scores below the last grade would have no grade."""

    code = "policy_grades_open"
    en = "Scores below the last grade, {grade}, have no grade. Leave its at_least out."
    zh = "低于末级 {grade} 的分数没有等级。请删去末级的 at_least。"


class PolicyBandsOverlap(PolicyRefusal):
    """Each band starts where the one before ends."""

    code = "policy_bands_overlap"
    en = "This band does not end above the one before. Let up_to rise; only the last band may do without."
    zh = "此档的上限不高于前一档。请使 up_to 递增；只有最后一档可以省略。"


class PolicyValidityOpen(PolicyRefusal):
    """Records of more points would have no validity."""

    code = "policy_validity_open"
    en = "How long records of more than {up_to} points count is not said. Leave up_to out of the last band."
    zh = "没有写明超过 {up_to} 分的记录有效多久。请删去最后一档的 up_to。"


class PolicyGradeValidityMissing(PolicyRefusal):
    """A grade has no size by which its validity could be chosen."""

    code = "policy_grade_validity_missing"
    en = "{rule} sets a grade, and a grade has no size. Give it one valid of its own, or name {grade} in grades_valid."
    zh = "{rule} 直接定级，没有分值大小可言。请为其单独写一个 valid，或在 grades_valid 中写明 {grade}。"


class PolicyTiersFall(PolicyRefusal):
    """More must never be worth less."""

    code = "policy_tiers_fall"
    en = "This tier does not rise above the one before. Let at_least and points both rise, with one sign."
    zh = "此级不高于前一级。请使 at_least 和 points 同号递增。"


class PolicyLimitBelowAward(PolicyRefusal):
    """The limit would cut even the first award."""

    code = "policy_limit_below_award"
    en = "The limit of {limit} points is below a single award of {award}. Raise the limit or lower the award."
    zh = "上限 {limit} 分低于单次的 {award} 分。请提高上限或降低单次分数。"


class PolicyEndMissing(PolicyRefusal):
    """A record that stays until it is corrected needs a way to correct it."""

    code = "policy_end_missing"
    en = "{name} would count for ever: it is valid until corrected and has no repair. Give it a repair."
    zh = "{name} 将永久有效：有效至改正，却没有修复途径。请写明 repair。"


class PolicyTimeZonesDiffer(PolicyRefusal):
    """The journal has one day, so the schemes of a policy share a time zone."""

    code = "policy_time_zones_differ"
    en = "{zone} differs from {other} in {file}. Use one time zone in all schemes of the policy."
    zh = "{zone} 与 {file} 中的 {other} 不同。请在政策的所有方案中使用同一时区。"
