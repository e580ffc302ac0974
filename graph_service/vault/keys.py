"""Keys: one master key wraps a data key per subject and class; another child of it marks tokens."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from graph_service.vault.refusals import MasterKeyExposed, MasterKeyMalformed

_SECRET_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16

#: The size of a wrapped data key: nonce, key, tag. It never varies, so that a key can be
#: overwritten where it stands.
WRAPPED_BYTES = _NONCE_BYTES + _SECRET_BYTES + _TAG_BYTES

#: What stands in the place of a key that was destroyed.
DESTROYED = bytes(WRAPPED_BYTES)

#: Texts up to this length may be remembered: syllables, letter pairs and triples come again and
#: again, and none of them is a person.
_REMEMBERED_LENGTH = 7


class Marks(dict[str, int]):
    """Keyed hashes, so few bits of each that different texts share a mark.

    A dictionary that fills itself, because a hundred thousand names have millions of pieces.
    """

    def __init__(self, secret: bytes, *, bits: int, remembered_most: int) -> None:
        super().__init__()
        self._remembered_most = remembered_most
        self._secret = secret
        self._shift = 64 - bits

    def __missing__(self, text: str) -> int:
        mark = int.from_bytes(hmac.digest(self._secret, text.encode(), "sha256")[:8], "big") >> self._shift
        if len(text) <= _REMEMBERED_LENGTH and len(self) < self._remembered_most:
            self[text] = mark
        return mark


class MasterKey:
    """The key of keys. It is never stored in a database and never shown."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) == _SECRET_BYTES
        self._wrapping = AESGCM(_derive(secret, b"trustnet vault: wrap data keys"))
        #: Marks of pieces of names: every mark stands for many pieces.
        self.name_marks = Marks(_derive(secret, b"trustnet vault: mark names"), bits=12, remembered_most=100_000)
        #: Marks of identifiers: one or a few bearers each among a million, who are then opened and
        #: compared. A whole hash would let whoever has the key try all identity numbers.
        self.identifier_marks = Marks(_derive(secret, b"trustnet vault: mark numbers"), bits=20, remembered_most=0)
        self._pseudonyms = _derive(secret, b"trustnet vault: pseudonyms")
        #: Tells one master key from another, and nothing about either.
        self.fingerprint = _derive(secret, b"trustnet vault: fingerprint")[:_TAG_BYTES]

    def pseudonym(self, text: str) -> str:
        """Give the 20 hexadecimal digits that stand for a text under this key."""
        return hmac.digest(self._pseudonyms, text.encode(), "sha256")[:10].hex()

    def wrap(self, owner: bytes, key: bytes) -> bytes:
        """Encrypt a data key, bound to whom and what it is for."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._wrapping.encrypt(nonce, key, owner)

    def unwrap(self, owner: bytes, wrapped: bytes) -> bytes | None:
        """Decrypt a data key; None if it is not the one that was wrapped for `owner`."""
        return _opened(self._wrapping, wrapped, owner)


def new_key() -> bytes:
    """Make a data key."""
    return AESGCM.generate_key(bit_length=8 * _SECRET_BYTES)


def seal(key: bytes, content: bytes, place: bytes) -> bytes:
    """Encrypt `content` so that it opens with this key and in this place only."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, place)


def unseal(key: bytes, sealed: bytes, place: bytes) -> bytes | None:
    """Decrypt what `seal` made; None if key, place or content are not the same."""
    return _opened(AESGCM(key), sealed, place)


def read_master_key(path: Path) -> MasterKey | None:
    """Read the master key from its file; None if there is no file.

    Raises:
        MasterKeyExposed: others than the owner may read or write it.
        MasterKeyMalformed: it is not a key.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            if mode & 0o077:
                raise MasterKeyExposed(path=str(path), mode=f"{mode:04o}")
            content = file.read(1024)
    except FileNotFoundError:
        return None
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != _SECRET_BYTES:
        raise MasterKeyMalformed(path=str(path))
    return MasterKey(secret)


def make_master_key(path: Path) -> None:
    """Write a new master key, durable before it is used, and never over another.

    The file appears whole or not at all: it is written under another name and then linked, which
    fails when the name is taken. Whoever comes second uses the first one's key.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_SECRET_BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_SECRET_BYTES, salt=None, info=purpose).derive(secret)


def _opened(cipher: AESGCM, sealed: bytes, place: bytes) -> bytes | None:
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        return None
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)
    except InvalidTag:
        return None
