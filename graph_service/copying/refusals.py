"""What a copy may refuse."""

from __future__ import annotations

from graph_service.errors import Refusal


class CopyRefusal(Refusal):
    """A copy that cannot be made, or cannot go on."""


class CopyOntoItself(CopyRefusal):
    """A store is not copied into itself."""

    code = "copy_onto_itself"
    en = "--from and --to name the same store. Name another one with --to."
    zh = "--from 与 --to 指向同一个存储。请用 --to 指定另一个。"


class CopyTargetDiffers(CopyRefusal):
    """The target holds something else than the beginning of the source's journal, or somebody writes to it."""

    code = "copy_target_differs"
    en = (
        "The target's journal, of {position} entries, is not the beginning of the source's. "
        "Copy into an empty store, or into one that an earlier copy of this source was cut off in and nobody wrote to."
    )
    zh = "目标的日志（{position} 条）不是来源日志的开头部分。请复制到空存储，或复制到同一来源中断后且无人写入的存储。"


class JournalUnsound(CopyRefusal):
    """The source's journal has been tampered with, or a part of it is lost: nothing is copied from there on."""

    code = "journal_unsound"
    en = (
        "The source's journal cannot be followed behind entry {position}: {cause}. "
        "What stands before was copied. Run trustnet verify on the source, which names the entry."
    )
    zh = (
        "来源的日志在第 {position} 条之后无法继续：{cause}。之前的内容已复制。"
        "请对来源运行 trustnet verify，它会指出该条。"
    )


class CopyDayUnfinished(CopyRefusal):
    """The source is in the middle of a day that changes the policy: standings are of both editions until it is done."""

    code = "copy_day_unfinished"
    en = (
        "The source is working off {day}, a day on which another edition begins. "
        "Everything was copied but the standings: run trustnet tick on the source, then copy again."
    )
    zh = "来源正在结算 {day}，当日有新的版本生效。除评级外均已复制：请先对来源运行 trustnet tick，然后再次复制。"
