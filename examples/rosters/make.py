"""Makes the workbooks of this folder: rosters as offices keep them, with everything that happens to sheets.

Run `python examples/rosters/make.py` to make them anew; every name in them is invented.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

HERE = Path(__file__).parent
MADE = datetime(2026, 6, 1, 8, 0)

SURNAMES = "林陈周吴郑孙何罗梁宋"
GIVEN = ("书瑶", "一诺", "子墨", "思远", "雨桐", "浩然", "欣怡", "梓涵", "俊熙", "若溪", "嘉言", "景行")


def name(number: int) -> str:
    """Invent a name."""
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number * 7 % len(GIVEN)]


def day(number: int) -> str | date | int:
    """Give a birth day in one of the five ways in which offices write them, or as a spreadsheet's own."""
    born = date(2013, 1 + number % 12, 1 + number % 27)
    ways: list[str | date | int] = [
        born.isoformat(),
        f"{born.year}/{born.month}/{born.day}",
        f"{born.year}.{born.month}.{born.day}",
        f"{born.year}年{born.month}月{born.day}日",
        int(f"{born:%Y%m%d}"),
        born,
    ]
    return ways[number % len(ways)]


def school(sheet: Worksheet) -> None:
    """Two classes: merged class cells, a title above the header, blank lines, the header again on a second page."""
    header = ["班级", "学号", "姓　名", "性别", "出生日期（必填）", "小组", "监护人", "联系电话", "班主任", "小组导师"]
    sheet.append(["第七实验学校2026年学生名册"])
    sheet.merge_cells("A1:J1")
    sheet.append([])
    sheet.append(header)
    row = 4
    for class_ in (1, 2):
        first = row
        for place in range(12):
            number = class_ * 12 + place
            roll = f"0{class_}{place + 1:02}" if place % 3 else f"０{class_}{place + 1:02}"
            pupil = "张　伟" if place == 5 else name(number)
            # The fifth and sixth of each class are siblings, and so have one guardian.
            home = number - 1 if place == 5 else number
            sheet.append(
                [
                    f"七年级{class_}班" if place == 0 else None,
                    f" {roll[:2]} {roll[2:]}" if place == 3 else roll,
                    pupil,
                    "男" if place % 2 else "女",
                    day(number),
                    f"{'启明远航'[class_ % 2 * 2 :][:2]}{place // 4 + 1}组" if place % 4 == 0 else None,
                    f"{SURNAMES[home % len(SURNAMES)]}建国",
                    13900000000 + home,
                    "王静" if class_ == 1 else "赵敏",
                    ("李 娜", "刘洋", "杨帆")[place // 4],
                ]
            )
            if place % 4 == 3:
                sheet.merge_cells(start_row=row - 3, end_row=row, start_column=6, end_column=6)
            row += 1
        sheet.merge_cells(start_row=first, end_row=row - 1, start_column=1, end_column=1)
        if class_ == 1:
            sheet.append([])
            sheet.append(header)
            row += 2


def village(sheet: Worksheet) -> None:
    """Six households: number and head are merged over the household's lines."""
    sheet.append(["柳河村户籍名册", None, None, None, None, "2026年6月"])
    sheet.append(["户号", "户主", "姓名", "与户主关系", "出生日期", "住址"])
    row = 3
    for house in range(1, 7):
        head = name(house * 3)
        kin = [(head, "户主", 1975), (name(house * 3 + 1), "配偶", 1977), (head[0] + "小宝", "子", 2012)]
        for place, (who, relation, year) in enumerate(kin[: 2 + house % 2]):
            sheet.append(
                [
                    f"{house:04}" if place == 0 else None,
                    head if place == 0 else None,
                    who,
                    relation,
                    f"{year}.{house}.{place + 1}",
                    f"柳河村{house}号",
                ]
            )
            row += 1
        size = len(kin[: 2 + house % 2])
        for column in (1, 2):
            sheet.merge_cells(start_row=row - size, end_row=row - 1, start_column=column, end_column=column)


def enterprise(sheet: Worksheet) -> None:
    """Two departments and a branch; supervisors by name, and by number where two have one name."""
    sheet.append(["工号", "姓名", "部门", "分公司", "职务", "直接上级", "上级工号", "法定代表人", "入职日期"])
    people = [
        ("E001", "高远", "综合部", None, "总经理", None, None),
        ("E002", "唐宁", "综合部", None, "主任", "高远", None),
        ("E003", "李伟", "生产部", None, "车间主任", "高远", None),
        ("E004", "李伟", "生产部", "城南分公司", "班长", "李伟", "E003"),
        ("E005", "冯雪", "生产部", "城南分公司", "质检员", "李伟", "E003"),
        ("E006", "袁野", "综合部", "城南分公司", "文员", "唐宁", None),
    ]
    for number, row in enumerate(people):
        sheet.append([*row, "高远" if number == 0 else None, f"２０２５年{number + 1}月１日"])


def main() -> None:
    """Make all three."""
    for make in (school, village, enterprise):
        book = Workbook()
        book.properties.created = book.properties.modified = MADE
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = "名册"
        make(sheet)
        notes = book.create_sheet("填表说明")
        notes.append(["请勿修改标题行。"])
        book.save(HERE / f"{make.__name__}.xlsx")


if __name__ == "__main__":
    main()
