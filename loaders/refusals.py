"""What can be wrong with a file of freight: one refusal each, whose sentence names the fault and the cure.

What is wrong with the *content* of a row is said by the actions' own refusals, so that a file, the command line and
GraphQL say the same. Here is only what files have and requests do not: lines, columns, quotes, encodings.
"""

from __future__ import annotations

from graph_service.errors import Refusal
from loaders.faults import Found


class FreightRefusal(Refusal):
    """Something in a file is not as it has to be."""


# -- The outcome of a run ----------------------------------------------------------------------------------------------


class FilesFaulty(Refusal):
    """The files of a run have faults; `found` holds each with its line, column and cure. Nothing was written."""

    code = "files_faulty"
    en = "Nothing was written; faults in {path}: {faults}. Mend what is listed and load again."
    zh = "在 {path} 中发现 {faults} 处错误，未写入任何内容。请改正后重新载入。"

    def __init__(self, path: str, found: Found) -> None:
        super().__init__(path=path, faults=found.count)
        self.found = found


class LoadCutShort(FreightRefusal):
    """Rows that had been checked were refused when written: the store had changed meanwhile, or it is full."""

    code = "load_cut_short"
    en = (
        "Rows of {path} written: {written}; then refused, for what the lines say: {faults}."
        " Mend what is listed and load again: what is there already is passed over."
    )
    zh = "{path} 已写入 {written} 行，随后 {faults} 行因所列原因被拒绝。请改正后重新载入，已有内容会自动跳过。"

    def __init__(self, path: str, written: int, found: Found) -> None:
        super().__init__(path=path, written=written, faults=found.count)
        self.found = found


# -- The file as a whole -----------------------------------------------------------------------------------------------


class FileMissing(FreightRefusal):
    """There is no file of that name."""

    code = "file_missing"
    en = "There is no file {path}. Correct the path."
    zh = "没有文件 {path}。请改正路径。"


class FileEmpty(FreightRefusal):
    """The file holds nothing at all, not even a header."""

    code = "file_empty"
    en = "The file {path} is empty; it may have been cut off. Write it again, with a header line at least."
    zh = "文件 {path} 是空的，可能已被截断。请重新导出，至少要有标题行。"


class FilePermissionMissing(FreightRefusal):
    """We may not read the file."""

    code = "file_permission_missing"
    en = "There is no permission to read the file {path}. Ask whoever owns it for the right to read."
    zh = "没有读取文件 {path} 的权限。请向文件所有者申请读取权限。"


class FileIsFolder(FreightRefusal):
    """A folder was named where a file is needed."""

    code = "file_is_folder"
    en = "{path} is a folder. Name the files in it."
    zh = "{path} 是文件夹。请写出其中的文件名。"


class RowsMissing(FreightRefusal):
    """There is a header and nothing under it."""

    code = "rows_missing"
    en = "There are no rows under the header of {path}; it may have been cut off. Fill them in, or leave the file out."
    zh = "{path} 的标题行之下没有任何数据，可能已被截断。请填写数据，或不要载入该文件。"


class FileFormUnknown(FreightRefusal):
    """The name does not tell in which form the file is."""

    code = "file_form_unknown"
    en = "The name {path} does not tell the form of the file. Let it end in .csv, .xlsx, .jsonl or .ndjson."
    zh = "文件名 {path} 无法说明文件格式。请以 .csv、.xlsx、.jsonl 或 .ndjson 结尾。"


class FileNotText(FreightRefusal):
    """The file is in no encoding that is read: UTF-8, UTF-16 or GB18030. Nothing behind that line was read."""

    code = "file_not_text"
    en = "From here on the file is no text in UTF-8, UTF-16 or GBK. Save it anew; in a spreadsheet choose CSV UTF-8."
    zh = "从此处起不是 UTF-8、UTF-16 或 GBK 编码的文字。请重新保存；在电子表格中请选择 CSV UTF-8。"


class EncodingsMixed(FreightRefusal):
    """Some lines are UTF-8 and others are not, as when two files were put together."""

    code = "encodings_mixed"
    en = "This line is not UTF-8, though others in the file are. Save both parts as UTF-8, and join them anew."
    zh = "该行不是 UTF-8，而文件其他行是。请把两部分都以 UTF-8 保存后再合并。"


class WorkbookLocked(FreightRefusal):
    """The workbook is protected by a password."""

    code = "workbook_locked"
    en = "The workbook {path} is protected by a password. Take the password off and save it again."
    zh = "工作簿 {path} 受密码保护。请取消密码后重新保存。"


class WorkbookOld(FreightRefusal):
    """The workbook is in the form of spreadsheets before 2007."""

    code = "workbook_old"
    en = "{path} is a workbook of an old form, such as .xls. Save it as .xlsx."
    zh = "{path} 是旧格式的工作簿（如 .xls）。请另存为 .xlsx。"


class WorkbookBroken(FreightRefusal):
    """The file is no workbook, or was cut off."""

    code = "workbook_broken"
    en = "{path} is no whole workbook; it may have been cut off. Open it in a spreadsheet and save it as .xlsx again."
    zh = "{path} 不是完整的工作簿，可能已被截断。请用电子表格打开并重新另存为 .xlsx。"


class FileFormOther(FreightRefusal):
    """The name says one form and the content is of another."""

    code = "file_form_other"
    en = "The name of {path} says {named}, its content does not. Let the name end in {found}, or save it anew."
    zh = "文件 {path} 的名称表示 {named}，内容却不是。请把扩展名改为 {found}，或重新保存。"


class FreightUnclear(FreightRefusal):
    """Neither the name nor the columns tell what the file holds."""

    code = "freight_unclear"
    en = (
        "It is unclear what {path} holds. Let its name begin with one of: {known}; for example ties-2026.csv."
        " Or say it with --freight."
    )
    zh = "无法判断 {path} 的内容。请让文件名以其中之一开头：{known}，例如 ties-2026.csv；或用 --freight 指明。"


# -- The header --------------------------------------------------------------------------------------------------------


class ColumnMissing(FreightRefusal):
    """A column that the freight cannot do without is not in the header."""

    code = "column_missing"
    en = "There is no column {column}. Add it; {freight} need the columns {needed}."
    zh = "缺少列 {column}。请补上；{freight} 需要这些列：{needed}。"


class ColumnUnknown(FreightRefusal):
    """A column, or a field of a line, would be passed over."""

    code = "column_unknown"
    en = "There is no column {name} in {freight}. Did you mean {nearest}? Known columns: {known}."
    zh = "{freight} 没有列 {name}。是否指 {nearest}？可用的列：{known}。"


class ColumnTwice(FreightRefusal):
    """The header names a column twice."""

    code = "column_twice"
    en = "The column {column} stands twice. Keep one of them."
    zh = "列 {column} 出现了两次。请只保留一个。"


class ColumnUnnamed(FreightRefusal):
    """A column of the header has no name."""

    code = "column_unnamed"
    en = "The column in place {place} has no name. Name it, or take it out."
    zh = "第 {place} 列没有名称。请命名或删除。"


# -- Lines -------------------------------------------------------------------------------------------------------------


class LineTooLong(FreightRefusal):
    """The line is longer than a line may be."""

    code = "line_too_long"
    en = "The line has {asked} bytes; at most {most} are read. Shorten it, or check where it should have ended."
    zh = "该行有 {asked} 字节，最多读取 {most} 字节。请缩短，或检查应在何处换行。"


class CellsTooFew(FreightRefusal):
    """The line has fewer cells than the header."""

    code = "cells_too_few"
    en = "The line has {found} cells and the header {needed}. Add the missing ones; empty cells need their commas too."
    zh = "该行有 {found} 个单元格，标题行有 {needed} 个。请补齐；空单元格也需要逗号。"


class CellsTooMany(FreightRefusal):
    """The line has more cells than the header."""

    code = "cells_too_many"
    en = 'The line has {found} cells and the header {needed}. Put text that holds a comma in quotes: "a, b".'
    zh = '该行有 {found} 个单元格，标题行有 {needed} 个。含逗号的文字请加引号："a, b"。'


class QuoteUnclosed(FreightRefusal):
    """A quoted cell begins here and does not end."""

    code = "quote_unclosed"
    en = 'A quoted cell begins in this line and does not end. Close it with "; a " inside a text is written twice.'
    zh = '该行有带引号的单元格没有结束。请用 " 结束；文字中的 " 要写两次。'


class QuoteMisplaced(FreightRefusal):
    """Something stands between a closing quote and the next comma."""

    code = "quote_misplaced"
    en = 'After a closing quote a comma must follow. A " inside a quoted text is written twice: "".'
    zh = '结束引号之后必须是逗号。引号内文字中的 " 要写两次：""。'


class LineCutOff(FreightRefusal):
    """The last line ends in the middle."""

    code = "line_cut_off"
    en = "The last line ends in the middle: the file was cut off. Write it again as a whole."
    zh = "最后一行不完整，文件可能被截断。请重新完整导出。"


class JsonBroken(FreightRefusal):
    """The line is not JSON."""

    code = "json_broken"
    en = "The line is no JSON: {problem} at character {character}. Write one object a line: {example}."
    zh = "该行不是 JSON：第 {character} 个字符处 {problem}。每行写一个对象：{example}。"


class JsonNotObject(FreightRefusal):
    """The line is JSON, but no object."""

    code = "json_not_object"
    en = "The line is no JSON object. Write one object a line: {example}."
    zh = "该行不是 JSON 对象。每行写一个对象：{example}。"


class JsonFieldTwice(FreightRefusal):
    """An object has the same field twice."""

    code = "json_field_twice"
    en = "The field {column} stands twice. Keep one of them."
    zh = "字段 {column} 出现了两次。请只保留一个。"


class JsonValueUnfit(FreightRefusal):
    """The value of a field is of a type that does not belong there."""

    code = "json_value_unfit"
    en = "The value of {column} must be {wanted}. Correct it, or leave the field out."
    zh = "{column} 的值必须是 {wanted}。请改正，或省略该字段。"


# -- Cells -------------------------------------------------------------------------------------------------------------


class CellEmpty(FreightRefusal):
    """The cell must not be empty."""

    code = "cell_empty"
    en = "The {column} is empty. Fill it in."
    zh = "{column} 为空。请填写。"


class CellTooLong(FreightRefusal):
    """The text in the cell is longer than it may be."""

    code = "cell_too_long"
    en = "The {column} has {asked} characters; at most {most} are kept. Shorten it."
    zh = "{column} 有 {asked} 个字符，最多 {most} 个。请缩短。"


class CharacterUnfit(FreightRefusal):
    """The cell holds a character that nobody can see: a NUL, another control character, half a surrogate pair."""

    code = "character_unfit"
    en = "There is an invisible character here, {character}, which no text needs. Take it out."
    zh = "此处有不可见字符 {character}，文字不需要它。请删除。"


class DayUnreadable(FreightRefusal):
    """The cell holds no day of the calendar."""

    code = "day_unreadable"
    en = "{value} is no day. Write it as year-month-day: 2026-03-02."
    zh = "{value} 不是日期。请写成 年-月-日：2026-03-02。"


class FormulaFound(FreightRefusal):
    """A formula stands where a value should. It is never worked out."""

    code = "formula_found"
    en = "A formula stands in {column}, and none is ever worked out. Put its value there: copy, then paste as values."
    zh = "{column} 中是公式，公式不会被计算。请写入数值：复制后选择性粘贴为数值。"


class CellBroken(FreightRefusal):
    """The spreadsheet shows an error instead of a value."""

    code = "cell_broken"
    en = "{column} shows {value} instead of a value. Correct the cell in the spreadsheet."
    zh = "{column} 显示 {value} 而不是值。请在电子表格中改正该单元格。"


class DigitsLost(FreightRefusal):
    """A number of more than fifteen digits, of which a spreadsheet keeps fifteen."""

    code = "digits_lost"
    en = "{column} is a number of more than 15 digits; its last ones are lost. Format the cell as text; type it again."
    zh = "{column} 是超过 15 位的数字，末尾几位已丢失。请把单元格设为文本格式后重新输入。"


class ZerosLost(FreightRefusal):
    """A number that is shorter than its neighbours, which begin with zeros: its own zeros were lost."""

    code = "zeros_lost"
    en = (
        "{value} is a number, and others in {column} begin with 0: the zeros in front were lost."
        " Format the cell as text, and type it again."
    )
    zh = "{value} 是数值，而 {column} 的其他值以 0 开头：前面的 0 已丢失。请设为文本格式后重新输入。"


class DecimalUnreadable(FreightRefusal):
    """The cell holds no exact decimal."""

    code = "decimal_unreadable"
    en = "{value} is no decimal. Write digits and at most six places after a dot: 2.5."
    zh = "{value} 不是小数。请用数字书写，小数点后最多六位：2.5。"


class ExternalSchemeUnfit(FreightRefusal):
    """The scheme of an external identifier is not named as schemes are."""

    code = "external_scheme_unfit"
    en = "{value} names no kind of identifier. Use up to 32 of a-z, 0-9, dot, hyphen and underscore: roll."
    zh = "{value} 不能作为标识种类的名称。请用最多 32 个 a-z、0-9、点、连字符或下划线：roll。"


class ApproverUnneeded(FreightRefusal):
    """An approver is named for a record that was not approved."""

    code = "approver_unneeded"
    en = "An approver is named, but no approved_on. Add the day of the approval, or take the approver out."
    zh = "填写了审核人，却没有 approved_on。请补上审核日期，或删除审核人。"


class BridgeUnfit(FreightRefusal):
    """The text names no bridge and period."""

    code = "bridge_unfit"
    en = "{value} names no bridge and period. Write it like village/stars/2026-12-31: scheme, bridge, last day."
    zh = "{value} 不能表示桥接与周期。请写成 village/stars/2026-12-31：方案、桥接、最后一日。"


# -- Rows among each other ---------------------------------------------------------------------------------------------


class IdTwice(FreightRefusal):
    """The same id stands in two lines that do not say the same."""

    code = "id_twice"
    en = "The id {id} stands in line {line} of {file} already, with another {other}. Use a new id, or keep one line."
    zh = "编号 {id} 已在 {file} 第 {line} 行使用，且 {other} 不同。请换用新编号，或只保留一行。"


# -- Rosters -----------------------------------------------------------------------------------------------------------


class RosterOfMissing(FreightRefusal):
    """A roster says who belongs, and nobody said to what."""

    code = "roster_of_missing"
    en = "It is not said whose roster this is (read as: {shape}). Add --of with the id of the {kinds}."
    zh = "未说明名册属于谁（识别为：{shape}）。请加 --of 并写明 {kinds} 的编号。"


class RosterOfUnfit(FreightRefusal):
    """The organisation that a roster is said to be of is not there, or keeps no such roster."""

    code = "roster_of_unfit"
    en = "{of} is not enrolled as: {kinds}. Enrol it first, in a file of subjects of the same run, or correct --of."
    zh = "{of} 未登记为：{kinds}。请先登记（可在同一次载入的主体文件中），或改正 --of。"


class NameAmbiguous(FreightRefusal):
    """A name without a number, and more than one whom it could mean."""

    code = "name_ambiguous"
    en = "{name} may be {count} persons. Put the number of the one who is meant beside the name."
    zh = "{name} 可能指 {count} 个人。请在姓名旁填写所指之人的编号。"


class NumberTwice(FreightRefusal):
    """One number stands beside two names."""

    code = "number_twice"
    en = "The number {number} stands beside {name} here and beside {other} in line {line}. Correct one of them."
    zh = "号码 {number} 在此处属于 {name}，在第 {line} 行属于 {other}。请改正其一。"


class NumberOfAnother(FreightRefusal):
    """A number is kept under another name already."""

    code = "number_of_another"
    en = "The number {number} is {id}'s, who has another name than {name}. Correct the number or the name."
    zh = "号码 {number} 属于 {id}，其姓名不是 {name}。请改正号码或姓名。"


class RosterContradicts(FreightRefusal):
    """Two rows say different things of one of whom only one can be true."""

    code = "roster_contradicts"
    en = "{who} has another {column} in line {line}. Keep one of them."
    zh = "{who} 在第 {line} 行的 {column} 不同。请只保留一个。"
