"""What a replay may refuse."""

from __future__ import annotations

from graph_service.errors import Refusal


class ReplayRefusal(Refusal):
    """A snapshot or a replay that cannot be made."""


class SnapshotTaken(ReplayRefusal):
    """A snapshot is never written over another one, or over anything else."""

    code = "snapshot_taken"
    en = "There is something at {path} already. Name a folder that does not exist yet, or remove it."
    zh = "{path} 处已有内容。请指定一个尚不存在的文件夹，或先将其移除。"


class SnapshotUnwritable(ReplayRefusal):
    """The snapshot could not be written; what was written of it is gone again."""

    code = "snapshot_unwritable"
    en = "The snapshot could not be written to {path}: {cause}. See that the folder can be written and has room."
    zh = "无法将快照写入 {path}：{cause}。请确认该文件夹可写且空间充足。"


class SnapshotUnreadable(ReplayRefusal):
    """The folder is no snapshot, or not a whole one."""

    code = "snapshot_unreadable"
    en = "The folder {path} is no snapshot that can be read: {cause}. Export it again with --format parquet."
    zh = "文件夹 {path} 不是可读取的快照：{cause}。请用 --format parquet 重新导出。"


class SnapshotLayoutNewer(ReplayRefusal):
    """The snapshot was written by a newer trustnet."""

    code = "snapshot_layout_newer"
    en = "The snapshot {path} has layout {found}; this program knows layouts up to {known}. Use a newer trustnet."
    zh = "快照 {path} 的版式为 {found}，本程序只识别到 {known}。请使用更新的 trustnet。"


class ReplayTooLarge(ReplayRefusal):
    """The replay needs more memory or disk than it may use."""

    code = "replay_too_large"
    en = "The replay needs more room than it may use ({cause}). Allow more memory, fewer threads, or free some disk."
    zh = "重算所需的空间超出许可（{cause}）。请放宽内存、减少线程或腾出磁盘空间。"
