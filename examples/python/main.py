"""Looks at a study group, asks why its pupil stands where she does, and files a record: main.py ADDRESS RECORD."""

from __future__ import annotations

import sys
from functools import partial

from trustnet import Json, Trustnet, pages, refused


def main(address: str = "http://127.0.0.1:8000/graphql", record: str = "from-python") -> None:
    """Do all of it."""
    teacher, head = Trustnet(address, "t-07"), Trustnet(address, "t-01")
    show_group(teacher, "sg-02")
    show_why(teacher, "p-01")
    print(f"{teacher.unchanged} answer had not changed")
    file_and_approve(teacher, head, record)
    show_group(teacher, "sg-02")


def show_group(teacher: Trustnet, group: str) -> None:
    """Print where a group stands, and its members."""
    subject = teacher.ask("group", group=group, first=2)["subject"]
    standing = subject["standing"]
    print(f"{subject['name']} stands at {standing['message'] if refused(standing) else standing['score']}")
    for member in pages(partial(members, teacher, group)):
        print(f"  {member['ref']} {member['name']}")


def members(teacher: Trustnet, group: str, after: str | None) -> Json:
    """Give a page of a group's members."""
    beginning = {} if after is None else {"after": after}
    page: Json = teacher.ask("group", group=group, first=2, **beginning)["subject"]["members"]
    return page


def show_why(teacher: Trustnet, subject: str) -> None:
    """Print what came to a subject."""
    statement = teacher.ask("why", subject=subject, first=3)["statement"]
    print(f"{subject} began at {statement['base']}")
    for line in statement["lines"]["nodes"]:
        print(f"  {line['happenedOn']} {line['share']['amount']} {line['rule']['title']['en']}")


def file_and_approve(teacher: Trustnet, head: Trustnet, record: str) -> None:
    """File a record twice, which is once, and have it approved by somebody else."""
    what = {"subject": "p-01", "scheme": "school", "rule": "returned-lost-property", "happenedOn": "2026-06-30"}
    filed, again = (teacher.change("file-record", input={"record": record, **what})["fileRecord"] for _ in range(2))
    print(f"{filed['record']['state']}, and {'once' if again['receipt'] == filed['receipt'] else 'twice'}")
    for operator in (teacher, head):
        done = operator.change("approve-record", input={"record": record})["approveRecord"]
        if refused(done):
            print(f"refused: {done['code']}")
        else:
            print(f"{done['record']['state']} with {done['record']['points']} points")


if __name__ == "__main__":
    main(*sys.argv[1:])
