"""What the vault refuses. No parameter ever holds a name, an identifier's value or a text."""

from __future__ import annotations

from graph_service.errors import StoreRefusal


class VaultRefusal(StoreRefusal):
    """The vault, where the store keeps what is personal, cannot do what is asked of it now."""


class VaultAddressUnknown(VaultRefusal):
    """The address names no vault that we know."""

    code = "vault_address_unknown"
    en = "The vault address {address} is not understood. Write it as sqlite:///folder/file.db."
    zh = "无法识别保险库地址 {address}。请写成 sqlite:///目录/文件.db。"


class VaultEngineUnsafe(VaultRefusal):
    """The SQLite in use is in a range known to corrupt databases in WAL mode."""

    code = "vault_engine_unsafe"
    en = "SQLite {found} can corrupt a vault; {needed} or newer is needed. Install trustnet's locked dependencies."
    zh = "SQLite {found} 可能损坏保险库，需要 {needed} 或更新版本。请安装 trustnet 锁定的依赖。"


class VaultNotOurs(VaultRefusal):
    """The file holds something else. It is left exactly as it is."""

    code = "vault_not_ours"
    en = "The file {path} is not part of a trustnet vault and was left as it is. Correct TRUSTNET_VAULT."
    zh = "文件 {path} 不属于 trustnet 保险库，未作任何改动。请改正 TRUSTNET_VAULT。"


class VaultLayoutNewer(VaultRefusal):
    """The file was written by a newer trustnet than this one."""

    code = "vault_layout_newer"
    en = "The vault file {path} has layout {found}; this program knows layouts up to {known}. Use a newer trustnet."
    zh = "保险库文件 {path} 的版式为 {found}，本程序只识别到 {known}。请使用更新的 trustnet。"


class VaultFileMissing(VaultRefusal):
    """One of the vault's files is there and its partner is not. A new one would open nothing."""

    code = "vault_file_missing"
    en = "The vault file {path} is missing, while {partner} is there. Restore both from the same backup."
    zh = "缺少保险库文件 {path}，而 {partner} 存在。请从同一份备份恢复两者。"


class MasterKeyMissing(VaultRefusal):
    """The vault exists and its master key does not. A new key would open nothing."""

    code = "master_key_missing"
    en = (
        "The vault {vault} exists, but its master key {path} does not. Restore the key; "
        "a new one cannot open the vault."
    )
    zh = "保险库 {vault} 存在，但缺少主密钥 {path}。请恢复该密钥；新密钥无法打开保险库。"


class MasterKeyWrong(VaultRefusal):
    """The master key is not the one that the file was made with."""

    code = "master_key_wrong"
    en = "The master key {path} does not open {vault}. Restore the key that belongs to this vault."
    zh = "主密钥 {path} 打不开 {vault}。请恢复属于该保险库的密钥。"


class MasterKeyMalformed(VaultRefusal):
    """The master key file does not hold a key."""

    code = "master_key_malformed"
    en = "The file {path} does not hold a master key of 64 hexadecimal digits. Restore the key."
    zh = "文件 {path} 中不是 64 位十六进制的主密钥。请恢复该密钥。"


class MasterKeyExposed(VaultRefusal):
    """Others than its owner may read or write the master key."""

    code = "master_key_exposed"
    en = (
        "Others than its owner can use the master key {path} (mode {mode}). "
        "Run chmod 600 {path} and find out who read it."
    )
    zh = "主密钥 {path} 可被所有者以外的人使用（权限 {mode}）。请运行 chmod 600 {path} 并查明谁读取过。"


class VaultKeysBehind(VaultRefusal):
    """The keys come from an older backup than the items: the newest items have no key."""

    code = "vault_keys_behind"
    en = (
        "The keys in {path} are older than the items in {vault}. Restore the keys file of the "
        "same time; nothing was changed."
    )
    zh = "{path} 中的密钥比 {vault} 中的内容旧。请恢复同一时间的密钥文件；未作任何改动。"


class VaultLocked(VaultRefusal):
    """Another process writes for longer than we wait."""

    code = "vault_locked"
    en = "Another process is writing to the vault {path}. Wait until it is done and try again."
    zh = "另一个进程正在写入保险库 {path}。请等它结束后重试。"


class VaultFull(VaultRefusal):
    """The disk is full: nothing was written, reading goes on."""

    code = "vault_full"
    en = "There is no room left for the vault {path}. Free some space and ask again."
    zh = "保险库 {path} 已无空间可写。请腾出空间后重试。"


class VaultUnavailable(VaultRefusal):
    """The vault failed while it was at work. Whether the last request was kept is unknown."""

    code = "vault_unavailable"
    en = "The vault {path} failed: {cause}. Ask again; the same content twice is kept once."
    zh = "保险库 {path} 出现故障：{cause}。请重新提交；相同内容提交两次只保存一次。"


class VaultDamaged(VaultRefusal):
    """An item has no key, or is not what was written. Nothing of it is shown."""

    code = "vault_damaged"
    en = "What the vault keeps of {subject} ({data_class}) was damaged. Restore the vault's backup."
    zh = "保险库中 {subject} 的内容（{data_class}）已损坏。请恢复保险库的备份。"


class ErasureUnfinished(VaultRefusal):
    """The rows are gone; old pages are still read by somebody and were not overwritten yet."""

    code = "erasure_unfinished"
    en = (
        "{subject} is erased, but old pages of {path} are still being read, so traces remain. "
        "Erase it again in a moment."
    )
    zh = "{subject} 已删除，但 {path} 的旧页仍在被读取，尚有残留。请稍后再次删除。"
