"""Every refusal: an expected no, with a stable code and a sentence in English and Chinese that says what to do.

A refusal is a code and parameters; its sentences are made from the two templates on its class, so that GraphQL, the
command line and load reports all say the same. `docs/errors.md` is generated from this module, in this order, which is
also the order of precedence: where several refusals fit, the one that stands first here is raised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

Parameter = str | int


class Refusal(Exception):
    """An expected no: nothing was done, nothing is half done, and the sentence says what to do next.

    >>> str(SubjectUnknown(subject="p1"))
    'No subject has the id p1. Enrol it first, or correct the id.'
    >>> SubjectUnknown(subject="p1").sentence("zh")
    '没有编号为 p1 的主体。请先登记，或改正编号。'
    """

    #: Stable for ever; what programs compare.
    code: ClassVar[str] = "refused"
    #: The sentence in English, with the parameters in braces.
    en: ClassVar[str] = ""
    #: The same sentence in Chinese.
    zh: ClassVar[str] = ""

    def __init__(self, **parameters: Parameter) -> None:
        super().__init__(parameters)
        self.parameters = parameters

    @property
    def field(self) -> str | None:
        """The field that has to be changed, where one can be named."""
        field = self.parameters.get("field")
        return None if field is None else str(field)

    def sentence(self, language: str = "en") -> str:
        """Say the refusal in `language`: "en" or "zh"."""
        return (self.zh if language == "zh" else self.en).format(**self.parameters)

    def __str__(self) -> str:
        return self.sentence()


def refusals() -> Iterator[type[Refusal]]:
    """Go through every refusal there is, in order of precedence."""
    waiting = list(Refusal.__subclasses__())
    while waiting:
        refusal = waiting.pop(0)
        if refusal.code != Refusal.code:
            yield refusal
        waiting[:0] = refusal.__subclasses__()


# -- The store ---------------------------------------------------------------------------------------------------------


class StoreRefusal(Refusal):
    """The store cannot do what is asked of it now."""


class StoreAddressUnknown(StoreRefusal):
    """The address of the store names no store that we know."""

    code = "store_address_unknown"
    en = (
        "The store address {address} is not understood. Write it as sqlite:///folder/file.db, "
        "or neo4j://user:password@host:7687/database."
    )
    zh = "无法识别存储地址 {address}。请写成 sqlite:///目录/文件.db，或 neo4j://用户:密码@主机:7687/数据库。"


class StoreMissing(StoreRefusal):
    """A command that only reads was pointed at a store that does not exist."""

    code = "store_missing"
    en = "There is no store at {path}. Load something into it first, or correct --store."
    zh = "{path} 处没有存储。请先载入数据，或改正 --store。"


class StoreNotOurs(StoreRefusal):
    """The file holds something else. It is left exactly as it is."""

    code = "store_not_ours"
    en = "The file {path} is not a trustnet store and was left as it is. Name another file with --store."
    zh = "文件 {path} 不是 trustnet 的存储，未作任何改动。请用 --store 指定其他文件。"


class StoreIsCopy(StoreRefusal):
    """A pseudonymous copy has no journal: it is neither served, nor read as a store, nor written to."""

    code = "store_is_copy"
    en = "There is a pseudonymous copy at {path}, for analysts' tools, and no store. Name a store with --store."
    zh = "{path} 处是供分析工具使用的化名副本，而不是存储。请用 --store 指定存储。"


class CopyTaken(StoreRefusal):
    """A pseudonymous copy is written into a new place. Its key is gone, so that nobody can go on with another one."""

    code = "copy_taken"
    en = "There is something at {path} already. Name a place for the copy where there is nothing yet, or remove it."
    zh = "{path} 处已有内容。请为副本指定一个尚无内容的位置，或先将其移除。"


class StoreLayoutNewer(StoreRefusal):
    """The store was written by a newer trustnet than this one."""

    code = "store_layout_newer"
    en = "The store {path} has layout {found}; this program knows layouts up to {known}. Use a newer trustnet."
    zh = "存储 {path} 的版式为 {found}，本程序只识别到 {known}。请使用更新的 trustnet。"


class StoreLayoutOlder(StoreRefusal):
    """The store was written by a trustnet so old that this one has no step from its layout."""

    code = "store_layout_older"
    en = "The store {path} has layout {found}, which is too old; this program knows layout {known}. Copy it anew."
    zh = "存储 {path} 的版式为 {found}，过于陈旧，本程序使用版式 {known}。请重新复制数据。"


class StoreEngineUnsafe(StoreRefusal):
    """The SQLite in use is in a range known to corrupt databases in WAL mode."""

    code = "store_engine_unsafe"
    en = "SQLite {found} can corrupt a store; {needed} or newer is needed. Install trustnet's locked dependencies."
    zh = "SQLite {found} 可能损坏存储，需要 {needed} 或更新版本。请安装 trustnet 锁定的依赖。"


class StoreLocked(StoreRefusal):
    """Another process holds the store's write lock for longer than we wait."""

    code = "store_locked"
    en = "Another process is writing to the store {path}. Wait until it is done, or stop it, and try again."
    zh = "另一个进程正在写入存储 {path}。请等它结束或停止它，然后重试。"


class StoreFull(StoreRefusal):
    """The disk is full: nothing was written, reading goes on."""

    code = "store_full"
    en = "There is no room left to write to the store {path}. Free some space and try again; nothing was written."
    zh = "存储 {path} 已无空间可写。请腾出空间后重试；没有写入任何内容。"


class StoreReadOnly(StoreRefusal):
    """The store's file or folder may not be written by this user."""

    code = "store_read_only"
    en = "The store {path} cannot be written by this user. Change its permissions, or name another with --store."
    zh = "当前用户无法写入存储 {path}。请更改权限，或用 --store 指定其他位置。"


class StoreUnavailable(StoreRefusal):
    """The store failed while it was at work. Whether the last request was kept is unknown until it is asked again."""

    code = "store_unavailable"
    en = "The store {path} failed: {cause}. Ask again with the same id to learn whether the request was kept."
    zh = "存储 {path} 出现故障：{cause}。请用相同的编号再次请求，以确认是否已保存。"

    #: Whether it may pass by itself, so that the page is worth writing again: nothing is entered twice.
    passes = False

    def passing(self) -> StoreUnavailable:
        """Say of this one that it may pass by itself."""
        self.passes = True
        return self


class StoreDenied(StoreRefusal):
    """The server does not know the user, or not by this password, or does not let it in."""

    code = "store_denied"
    en = "The store {path} refused the user or the password. Correct them in TRUSTNET_STORE or --store."
    zh = "存储 {path} 拒绝了该用户或密码。请在 TRUSTNET_STORE 或 --store 中改正。"


class StoreTimedOut(StoreRefusal):
    """The server took longer than a page or a reading may take, or others held the journal's end all the time."""

    code = "store_timed_out"
    en = (
        "The store {path} took longer than it may; nothing was written. Try again, ask for less at a time, "
        "or raise TRUSTNET_STORE_PAGE_SECONDS."
    )
    zh = "存储 {path} 用时超过限度，没有写入任何内容。请重试、减少一次请求的数量，或调高 TRUSTNET_STORE_PAGE_SECONDS。"


class StoreMovedOn(StoreRefusal):
    """So much was written during a reading that the moment at which it began is no longer kept."""

    code = "store_moved_on"
    en = (
        "The store {path} has moved on during this reading. Read again, read less at a time, "
        "or raise TRUSTNET_STORE_READING_SECONDS."
    )
    zh = "读取期间存储 {path} 已有过多变动。请重新读取、减少一次读取的数量，或调高 TRUSTNET_STORE_READING_SECONDS。"


class StoreValueTooLarge(StoreRefusal):
    """A number does not fit into 64 bits, or the server has no memory for so much at a time."""

    code = "store_value_too_large"
    en = "A value is too large for the store {path}; nothing was written. Send a smaller one, or less at a time."
    zh = "有一个值对存储 {path} 来说过大，没有写入任何内容。请改用较小的值，或减少一次发送的数量。"


class VaultAddressMissing(StoreRefusal):
    """A store on a server has no folder beside it, so the vault's place has to be said."""

    code = "vault_address_missing"
    en = "A store on a server needs the address of its vault: set TRUSTNET_VAULT, for all services the same."
    zh = "位于服务器上的存储需要指定保险库地址：请设置 TRUSTNET_VAULT，并使所有服务使用同一地址。"


class VaultUnfit(StoreRefusal):
    """The journal does not know most of those whom the vault knows: the two do not belong together."""

    code = "vault_unfit"
    en = (
        "The journal does not know {unknown} of the {held} subjects in the vault, so it is another store's; "
        "nothing was erased. Correct TRUSTNET_VAULT or --store."
    )
    zh = (
        "保险库中的 {held} 个主体有 {unknown} 个不为本日志所知，应属于另一存储；未删除任何内容。"
        "请改正 TRUSTNET_VAULT 或 --store。"
    )


class CheckpointsMissing(StoreRefusal):
    """No place outside the store is named that checkpoints could be written to."""

    code = "checkpoints_missing"
    en = "There is no folder for checkpoints. Name one outside the store with TRUSTNET_CHECKPOINTS."
    zh = "没有存放检查点的目录。请用 TRUSTNET_CHECKPOINTS 指定存储之外的目录。"


# -- Ids and repetition ------------------------------------------------------------------------------------------------


class IdMalformed(Refusal):
    """Ids are opaque: letters, digits, dot, underscore, colon and hyphen, at most 64."""

    code = "id_malformed"
    en = "The {field} {value} is not an id. Use 1 to 64 letters, digits, dots, underscores, colons or hyphens."
    zh = "{field} 的值 {value} 不是合法编号。请使用 1 至 64 个字母、数字、点、下划线、冒号或连字符。"


class IdPersonal(Refusal):
    """The id looks like an identity card or telephone number. Those are external identifiers, kept in the vault."""

    code = "id_personal"
    en = "The {field} looks like an identity or telephone number. Give an opaque id, and the number as an identifier."
    zh = "{field} 看起来是身份证号或电话号码。请改用无含义的编号，并把号码作为外部标识登记。"


class ActorReserved(Refusal):
    """A person is named as what acts where no person does: the day itself, or a bridge."""

    code = "actor_reserved"
    en = "The {field} {person} is reserved for what happens by itself. Name the person who does it."
    zh = "{field} 的值 {person} 专指自动发生的事项。请写明经办人。"


class ReasonMissing(Refusal):
    """A step that takes something away or decides about it needs a reason. It is kept in the vault."""

    code = "reason_missing"
    en = "The {field} is missing. Say in a few words why; it is kept where personal data belongs."
    zh = "缺少 {field}。请用几句话写明理由；理由保存在个人数据库中。"


class AlreadyDecided(Refusal):
    """Somebody else has taken this very step already. The first decision stands."""

    code = "already_decided"
    en = "{id} was {step} by {person} on {on} already. Nothing needs to be done; ask {person} about the reasons."
    zh = "{person} 已于 {on} 对 {id} 作出决定（{step}），无需再处理。如有疑问，请询问 {person}。"


class ExistsDifferently(Refusal):
    """The same id was used before and said something else. The field that differs is named."""

    code = "exists_differently"
    en = "The id {id} was used before with another {field}. Use a new id, or repeat the first content exactly."
    zh = "编号 {id} 已用过，且 {field} 不同。请换用新编号，或完全重复首次的内容。"


class IdentifierTaken(Refusal):
    """The identifier is another subject's. The value itself is not repeated here."""

    code = "identifier_taken"
    en = "{subject} cannot have this {scheme} identifier: it is {holder}'s. Correct the number, or use the id {holder}."
    zh = "{subject} 不能使用该 {scheme} 标识：它属于 {holder}。请改正号码，或使用编号 {holder}。"


# -- Unknown things ----------------------------------------------------------------------------------------------------


class SubjectUnknown(Refusal):
    """No subject has this id."""

    code = "subject_unknown"
    en = "No subject has the id {subject}. Enrol it first, or correct the id."
    zh = "没有编号为 {subject} 的主体。请先登记，或改正编号。"


class SubjectEnded(Refusal):
    """The subject was forgotten or has ended: nothing new may be said of it."""

    code = "subject_ended"
    en = "The subject {subject} has ended. Nothing new can be recorded for it."
    zh = "主体 {subject} 已终止，不能再为其登记新内容。"


class KindUnknown(Refusal):
    """No kind of subject or tie has this name."""

    code = "kind_unknown"
    en = "There is no kind called {kind}. Known kinds: {known}."
    zh = "没有名为 {kind} 的类别。已知类别：{known}。"


class SchemeUnknown(Refusal):
    """No scheme has this code on that day."""

    code = "scheme_unknown"
    en = "No scheme is called {scheme} on {on}. Known schemes: {known}."
    zh = "{on} 没有名为 {scheme} 的方案。已知方案：{known}。"


class RuleUnknown(Refusal):
    """The scheme's edition of the day has no rule with this code."""

    code = "rule_unknown"
    en = "The scheme {scheme} has no rule {rule} on {on}. Look the code up in the rulebook of that day."
    zh = "方案 {scheme} 在 {on} 没有规则 {rule}。请在当日的规则手册中查找代码。"


class RuleDerived(Refusal):
    """Records of a derived rule are filed by a bridge or with another rule's record, never by a person."""

    code = "rule_derived"
    en = "Nobody files {rule} in {scheme}: it follows from another record or from a grade. Record what happened there."
    zh = "{scheme} 的规则 {rule} 不由人登记：它由另一条记录或等级派生。请在来源处登记事实。"


class TieUnknown(Refusal):
    """No tie has this id."""

    code = "tie_unknown"
    en = "No tie has the id {tie}. Correct the id."
    zh = "没有编号为 {tie} 的关系。请改正编号。"


class ConsentUnknown(Refusal):
    """No consent has this id."""

    code = "consent_unknown"
    en = "No consent has the id {consent}. Correct the id."
    zh = "没有编号为 {consent} 的同意书。请改正编号。"


class WaiverUnknown(Refusal):
    """No waiver has this id."""

    code = "waiver_unknown"
    en = "No waiver has the id {waiver}. Correct the id."
    zh = "没有编号为 {waiver} 的豁免。请改正编号。"


class RecordUnknown(Refusal):
    """No record has this id."""

    code = "record_unknown"
    en = "No record has the id {record}. Correct the id."
    zh = "没有编号为 {record} 的记录。请改正编号。"


class ContestUnknown(Refusal):
    """The record has no open contest of this id."""

    code = "contest_unknown"
    en = "The record {record} has no open contest {contest}. Give the id of the one that is open."
    zh = "记录 {record} 没有编号为 {contest} 且尚未决定的异议。请填写尚未决定的异议编号。"


class PolicyMissing(Refusal):
    """No policy has been adopted yet, so nothing can be scored."""

    code = "policy_missing"
    en = "No policy is in force on {on}. Adopt one first: trustnet load --policy DIR."
    zh = "{on} 没有生效的政策。请先采用一个：trustnet load --policy 目录。"


# -- Policies ----------------------------------------------------------------------------------------------------------


class PolicyFaulty(Refusal):
    """The policy folder has faults. Each is listed with its file, line, field and cure."""

    code = "policy_faulty"
    en = "The policy {path} has {faults} faults. Run trustnet policy check {path} to see each with its cure."
    zh = "政策 {path} 有 {faults} 处错误。运行 trustnet policy check {path} 查看每处及改法。"


class EditionBackdated(Refusal):
    """Only a scheme's first edition may start in the past; a later one starts tomorrow at the earliest."""

    code = "edition_backdated"
    en = (
        "The scheme {scheme} is already in force, so its new edition cannot start on {since}. Start it from {earliest}."
    )
    zh = "方案 {scheme} 已生效，新版不能从 {since} 开始。最早可从 {earliest} 开始。"


class EditionOutOfOrder(Refusal):
    """An edition has been adopted already that starts on the same day or later."""

    code = "edition_out_of_order"
    en = "An edition that starts on {latest} is adopted already. Start the new one after that day."
    zh = "已采用自 {latest} 起的版本。新版须在该日之后开始。"


class EditionDropsScheme(Refusal):
    """The new edition has no file for a scheme that is in force."""

    code = "edition_drops_scheme"
    en = "The edition leaves out the scheme {scheme}, in which subjects stand. Keep its file in the folder."
    zh = "新版缺少方案 {scheme}，而主体在其中已有状况。请在目录中保留其文件。"


# -- Days --------------------------------------------------------------------------------------------------------------


class DayInFuture(Refusal):
    """The day has not come yet."""

    code = "day_in_future"
    en = "The {field} {day} lies after today, {today}. Give a day up to today."
    zh = "{field} {day} 晚于今天 {today}。请填写今天或更早的日期。"


class DayNotWorked(Refusal):
    """Days that fell due have not been worked off yet, so this day cannot be read."""

    code = "day_not_worked"
    en = "The day {day} is not worked off yet; the store stands at {ticked}. Run trustnet tick, or ask for {ticked}."
    zh = "{day} 尚未结算，存储停在 {ticked}。请运行 trustnet tick，或查询 {ticked}。"


class PositionUnknown(Refusal):
    """The journal does not reach to this position."""

    code = "position_unknown"
    en = "The journal has no position {position}; its head is {head}. Give a position up to the head."
    zh = "日志没有位置 {position}，最新位置是 {head}。请给出不超过最新的位置。"


class PositionTooOld(Refusal):
    """Who follows the journal is further behind its head than is followed up."""

    code = "position_too_old"
    en = (
        "Position {position} lies {behind} entries before the journal's head, and at most {most} are followed up. "
        "Read on from it with the query entries, then follow from where that ends."
    )
    zh = (
        "位置 {position} 比日志最新位置落后 {behind} 条，最多可补发 {most} 条。"
        "请先用查询 entries 读到最近，再从那里订阅。"
    )


class DaysReversed(Refusal):
    """The end comes before the start."""

    code = "days_reversed"
    en = "The until {until} is not after the since {since}. The day of until is the first on which it no longer holds."
    zh = "结束日 {until} 不晚于开始日 {since}。结束日是不再有效的第一天。"


class BeforeSubject(Refusal):
    """It is said to have happened before the subject existed."""

    code = "before_subject"
    en = "The {field} {day} lies before {subject} existed, which is since {since}. Correct the day or the subject."
    zh = "{field} {day} 早于主体 {subject} 存在之日 {since}。请改正日期或主体。"


class DayTooEarly(Refusal):
    """One day comes before another that it has to follow."""

    code = "day_too_early"
    en = "The {field} {day} is too early: the earliest day is {earliest}. Correct it."
    zh = "{field} {day} 过早，最早为 {earliest}。请改正。"


class Backdated(Refusal):
    """An entry of today cannot hold before tomorrow; only an import of history may state earlier days."""

    code = "backdated"
    en = "What is entered today holds from tomorrow. Give {earliest} or later, or load it as an import of history."
    zh = "今天登记的内容从明天起生效。请填写 {earliest} 或更晚的日期，或作为历史数据导入。"


class HistoryTouched(Refusal):
    """The import would change the shares of records that exist. Their ids are named."""

    code = "history_touched"
    en = "This would change the shares of existing records: {records}. Start it after them, or void what is wrong."
    zh = "这会改变已有记录的分享：{records}。请把开始日定在它们之后，或作废错误的登记。"


class JournalWentOn(Refusal):
    """Rows of an import were weighed, and then something else was entered before they were."""

    code = "journal_went_on"
    en = (
        "The journal went on from {weighed_at} to {head} since these rows were checked."
        " Load again: what was written is passed over."
    )
    zh = "自检查这些行以来，日志已从 {weighed_at} 推进到 {head}。请重新载入，已写入的内容会自动跳过。"


# -- Ties, consents, waivers -------------------------------------------------------------------------------------------


class TieEndsUnfit(Refusal):
    """The subjects at the tie's ends are not of kinds that this kind of tie may join."""

    code = "tie_ends_unfit"
    en = "A {kind} tie cannot run from a {source_kind} to a {target_kind}. It may run: {allowed}."
    zh = "{kind} 关系不能从 {source_kind} 指向 {target_kind}。允许的方向：{allowed}。"


class TieToItself(Refusal):
    """A tie joins two subjects."""

    code = "tie_to_itself"
    en = "A tie cannot join {subject} to itself. Give two subjects."
    zh = "关系不能把 {subject} 与自身相连。请给出两个主体。"


class TieTooMany(Refusal):
    """The tie would break a cardinality of its kind."""

    code = "tie_too_many"
    en = "{subject} may have at most {limit} {kind} ties as {end} at a time. Close one of {ties} first."
    zh = "{subject} 作为 {end} 同时最多有 {limit} 个 {kind} 关系。请先结束其中之一：{ties}。"


class TieAttributeUnfit(Refusal):
    """An attribute is unknown to this kind of tie, missing, or not of its type."""

    code = "tie_attribute_unfit"
    en = "The attribute {field} of a {kind} tie does not fit: {reason}. Known attributes: {known}."
    zh = "{kind} 关系的属性 {field} 不合要求：{reason}。已知属性：{known}。"


class AlreadyEnded(Refusal):
    """The tie, consent or waiver ends on or before that day already, or was voided."""

    code = "already_ended"
    en = "{id} has ended already, on {until}. Nothing needs to be done."
    zh = "{id} 已于 {until} 结束，无需再处理。"


class PurposeUnknown(Refusal):
    """No term of the policy asks consent for this purpose, and the policy does not list it."""

    code = "purpose_unknown"
    en = "No scheme asks consent for the purpose {purpose}. Known purposes: {known}."
    zh = "没有方案需要 {purpose} 用途的同意。已知用途：{known}。"


class GuardianMissing(Refusal):
    """The person is a minor on that day, or of unknown age: a guardian consents."""

    code = "guardian_missing"
    en = "{subject} is a minor or of unknown age on {on}, so a guardian must consent. Name the guardian."
    zh = "{subject} 在 {on} 未成年或年龄不详，须由监护人同意。请写明监护人。"


class GuardianUnfit(Refusal):
    """The person named is not the subject's guardian on that day."""

    code = "guardian_unfit"
    en = "{guardian} is not a guardian of {subject} on {on}. Connect them by a guardian_of tie first."
    zh = "{guardian} 在 {on} 不是 {subject} 的监护人。请先用 guardian_of 关系相连。"


class GuardianUnneeded(Refusal):
    """An adult or an organisation consents for itself."""

    code = "guardian_unneeded"
    en = "{subject} consents in its own name on {on}. Leave the guardian out."
    zh = "{subject} 在 {on} 可自行同意。请不要填写监护人。"


# -- Records -----------------------------------------------------------------------------------------------------------


class SubjectKindUnfit(Refusal):
    """The scheme or rule is not made for subjects of this kind."""

    code = "subject_kind_unfit"
    en = "The rule {rule} of {scheme} is for {allowed}, and {subject} is a {kind}. Choose another rule or subject."
    zh = "方案 {scheme} 的规则 {rule} 适用于 {allowed}，而 {subject} 是 {kind}。请另选规则或主体。"


class RuleTwice(Refusal):
    """A rule is named twice for one act."""

    code = "rule_twice"
    en = "The rule {rule} is named twice for one act. Name it once."
    zh = "同一行为重复写了规则 {rule}。请只写一次。"


class RulesTooMany(Refusal):
    """One act is filed under more rules than one act can match."""

    code = "rules_too_many"
    en = "One act is filed under {found} rules; at most {most} may be named. Leave out those that do not fit."
    zh = "同一行为写了 {found} 条规则，最多可写 {most} 条。请删去不符合的规则。"


class RulesMixed(Refusal):
    """One act is filed under a rule that gives and one that takes."""

    code = "rules_mixed"
    en = "{first} gives points and {second} takes them: one act is not both. File two records, or leave one rule out."
    zh = "{first} 为加分规则，{second} 为减分规则，同一行为不能兼有。请分别提交两条记录，或删去其中一条规则。"


class UnitsDiffer(Refusal):
    """One quantity cannot be in two units."""

    code = "units_differ"
    en = "{first} scores by {unit} and {second} by {other}: one quantity cannot be both. File two records."
    zh = "{first} 按 {unit} 计分，{second} 按 {other} 计分，一个数量不能兼用。请分别提交两条记录。"


class QuantityMissing(Refusal):
    """The rule scores by quantity and none was given."""

    code = "quantity_missing"
    en = "The rule {rule} scores by {unit}. Give the quantity."
    zh = "规则 {rule} 按 {unit} 计分。请填写数量。"


class QuantityUnneeded(Refusal):
    """The rule does not score by quantity."""

    code = "quantity_unneeded"
    en = "The rule {rule} does not score by quantity. Leave the quantity out."
    zh = "规则 {rule} 不按数量计分。请不要填写数量。"


class QuantityOutOfRange(Refusal):
    """The quantity is not above zero or is beyond the largest there may be."""

    code = "quantity_out_of_range"
    en = "The quantity {quantity} is out of range for {rule}: above 0, at most {largest}."
    zh = "数量 {quantity} 超出规则 {rule} 的范围：须大于 0 且不超过 {largest}。"


class PointsMissing(Refusal):
    """The rule leaves a range of points and none were given."""

    code = "points_missing"
    en = "The rule {rule} leaves a range of {lowest} to {highest} points. Give the points."
    zh = "规则 {rule} 的分值范围是 {lowest} 至 {highest}。请填写分数。"


class PointsFixed(Refusal):
    """The rule leaves no range, so points may not be given."""

    code = "points_fixed"
    en = "The points of the rule {rule} are fixed by the rulebook. Leave the points out."
    zh = "规则 {rule} 的分数由规则手册规定。请不要填写分数。"


class PointsOutOfRange(Refusal):
    """The points lie outside the range that the rule leaves."""

    code = "points_out_of_range"
    en = "{points} points are outside what {rule} allows, {lowest} to {highest}. Give points inside the range."
    zh = "{points} 分超出规则 {rule} 允许的 {lowest} 至 {highest}。请填写范围内的分数。"


class FanOutExceeded(Refusal):
    """The record would reach more subjects over a route than the route declares. It is never cut silently."""

    code = "fan_out_exceeded"
    en = "Over {route} the record {record} would reach {reached} subjects; {fan_out} are allowed. Check the ties."
    zh = "记录 {record} 经路线 {route} 将影响 {reached} 个主体，最多允许 {fan_out} 个。请检查关系。"


class RolesHeldByOne(Refusal):
    """Two roles that must be two people's were held by one."""

    code = "roles_held_by_one"
    en = "{person} cannot be both {first} and {second} of {record}. Ask another person."
    zh = "{person} 不能同时担任 {record} 的 {first} 和 {second}。请另请一人。"


class RecordFollows(Refusal):
    """The record counts exactly while another does; only the other one can be contested, repaired or revoked."""

    code = "record_follows"
    en = "{record} follows {source} and has no life of its own. Take the step with {source}."
    zh = "{record} 随 {source} 生效或失效，自身不能单独处理。请对 {source} 办理。"


class StateUnfit(Refusal):
    """The record's state does not allow this step."""

    code = "state_unfit"
    en = "The record {record} is {state}, so it cannot be {step}. This is possible when it is {allowed}."
    zh = "记录 {record} 的状态为 {state}，不能执行 {step}。允许的状态：{allowed}。"


class NotRepairable(Refusal):
    """The rule has no repair path."""

    code = "not_repairable"
    en = "The record {record} cannot be repaired: its rule {rule} has no repair. Contest it if it is wrong."
    zh = "记录 {record} 不能修复：规则 {rule} 未设修复途径。如有误，请提出异议。"


class RepairTooEarly(Refusal):
    """The earliest day of the rule's repair has not come."""

    code = "repair_too_early"
    en = "The record {record} can be repaired from {earliest} on. Ask again then."
    zh = "记录 {record} 自 {earliest} 起方可修复。请届时再申请。"


class StandingUnfit(Refusal):
    """The scheme has no standing for subjects of this kind."""

    code = "standing_unfit"
    en = "{subject} is a {kind}, and {scheme} has standings for {allowed} only. Choose another scheme."
    zh = "{subject} 是 {kind}，方案 {scheme} 只为 {allowed} 设立状况。请另选方案。"


# -- Files -------------------------------------------------------------------------------------------------------------


class FileUnreadable(Refusal):
    """The system could not read the file: a broken disk, or a connection that is gone."""

    code = "file_unreadable"
    en = "The system could not read the file {path} and says {reason}. Copy it to another place and load it from there."
    zh = "系统无法读取文件 {path}，返回 {reason}。请复制到其他位置后再载入。"


class SettingMalformed(Refusal):
    """A setting of the environment that is a number is none."""

    code = "setting_malformed"
    en = (
        "{setting} is {value}, which is no whole number above 0. Correct it, or leave it out for what it is by default."
    )
    zh = "设置 {setting} 的值 {value} 不是大于 0 的整数。请改正，或不设置以使用默认值。"


class PortTaken(Refusal):
    """The port cannot be listened on: another program does, or the system keeps it for others."""

    code = "port_taken"
    en = "The port {port} is taken. Choose another with --port, or stop the program that listens on it."
    zh = "端口 {port} 已被占用。请用 --port 选择其他端口，或停止占用它的程序。"


class LimitExceeded(Refusal):
    """A named limit was exceeded."""

    code = "limit_exceeded"
    en = "{limit} is at most {most}; {asked} was asked for. Ask for less at a time."
    zh = "{limit} 最多为 {most}，请求的是 {asked}。请分次请求。"
