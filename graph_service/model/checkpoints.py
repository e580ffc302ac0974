"""Checkpoints: a signed word on where the journal ends, to be kept where nobody who holds the store can reach it.

A hash chain proves that nothing was changed in its middle. It notices neither a tail that was cut off nor a journal
that was written anew from the start: both are sound chains. Whoever holds an old checkpoint notices both.

A checkpoint is a signed note as transparency logs exchange them (C2SP signed-note), so that others' tools can read it:

    trustnet.example/school
    4711
    m0Yc3f...=

    — trustnet.example/school Az3grl...=
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from graph_service.errors import Refusal
from graph_service.model.journal import Head

#: What stands before the public key where the kind of signature is Ed25519.
_ED25519 = b"\x01"

_NAME = re.compile(r"[^\s+\u2014]{1,200}")
_NOTE = re.compile(
    r"(?P<body>(?P<origin>\S{1,200})\n(?P<seq>0|[1-9]\d{0,18})\n(?P<hash>[A-Za-z0-9+/]{43}=)\n)\n(?P<signatures>.+)",
    re.DOTALL,
)


class CheckpointUnreadable(Refusal):
    """The text is no checkpoint."""

    code = "checkpoint_unreadable"
    en = "The text is no checkpoint: it must have a name, a position, a hash, an empty line and signatures."
    zh = "该文本不是检查点：应依次为名称、位置、哈希、空行和签名。"


class CheckpointNotSigned(Refusal):
    """The checkpoint has no signature by the key that was given, or a wrong one."""

    code = "checkpoint_not_signed"
    en = "The checkpoint of {origin} has no valid signature by the key {key}. Do not rely on it."
    zh = "{origin} 的检查点没有密钥 {key} 的有效签名，请勿采信。"


class VerifierKeyUnreadable(Refusal):
    """The text is no key to check signatures with."""

    code = "verifier_key_unreadable"
    en = "The text is no verifier key: it must be written name+number+key, as it was handed out."
    zh = "该文本不是验证密钥：应为发放时的“名称+编号+密钥”形式。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Where a journal ended."""

    #: Which journal: a name that no other journal has, without blanks.
    origin: str
    seq: int
    hash: bytes

    @property
    def body(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.seq}\n{b64encode(self.hash).decode()}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """A name and the public key that signs under it."""

    name: str
    key: Ed25519PublicKey

    @property
    def number(self) -> bytes:
        """Four bytes that tell this key from others under the same name."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key.public_bytes_raw()).digest()[:4]

    def __str__(self) -> str:
        """Write the key as it is handed out."""
        return f"{self.name}+{self.number.hex()}+{b64encode(_ED25519 + self.key.public_bytes_raw()).decode()}"


def checkpoint_of(head: Head, origin: str) -> Checkpoint:
    """Make a checkpoint of the end of a journal."""
    if _NAME.fullmatch(origin) is None:
        raise CheckpointUnreadable(field="origin")
    return Checkpoint(origin=origin, seq=head.seq, hash=head.hash)


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Write a checkpoint as a note signed under its origin's name.

    >>> from graph_service.model.journal import GENESIS
    >>> key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    >>> note = sign(Checkpoint(origin="school", seq=0, hash=GENESIS), key)
    >>> read_checkpoint(note, Verifier(name="school", key=key.public_key())).seq
    0
    """
    verifier = Verifier(name=checkpoint.origin, key=key.public_key())
    signature = b64encode(verifier.number + key.sign(checkpoint.body.encode())).decode()
    return f"{checkpoint.body}\n\u2014 {verifier.name} {signature}\n"


def read_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Read a signed note. Signatures under other names or by other keys, such as witnesses', are passed over.

    Raises:
        CheckpointUnreadable: It is no checkpoint.
        CheckpointNotSigned: It has no valid signature by the verifier's key, or is of another journal.
    """
    found = _NOTE.fullmatch(note)
    if found is None:
        raise CheckpointUnreadable(field="checkpoint")
    unsigned = CheckpointNotSigned(origin=found["origin"], key=verifier.name, field="checkpoint")
    signatures = [_signature(line, verifier) for line in found["signatures"].splitlines()]
    valid = next((each for each in signatures if each is not None), None)
    if valid is None or found["origin"] != verifier.name:
        raise unsigned
    try:
        verifier.key.verify(valid, found["body"].encode())
    except InvalidSignature:
        raise unsigned from None
    return Checkpoint(origin=found["origin"], seq=int(found["seq"]), hash=b64decode(found["hash"]))


def _signature(line: str, verifier: Verifier) -> bytes | None:
    """Give the signature of a line, where it claims to be by the verifier's key."""
    parts = line.split(" ")
    if len(parts) != len(("\u2014", "name", "signature")) or parts[:2] != ["\u2014", verifier.name]:
        return None
    try:
        held = b64decode(parts[2], validate=True)
    except binascii.Error:
        return None
    return held[4:] if held[:4] == verifier.number else None


def read_verifier(written: str) -> Verifier:
    """Read a key as it is handed out: name, number and key joined by a plus.

    Raises:
        VerifierKeyUnreadable: It is none, or its number is not that of its key.
    """
    name, _, rest = written.strip().partition("+")
    number, _, key = rest.partition("+")
    try:
        held = b64decode(key, validate=True)
        verifier = Verifier(name=name, key=Ed25519PublicKey.from_public_bytes(held[1:]))
    except ValueError:
        raise VerifierKeyUnreadable(field="key") from None
    if _NAME.fullmatch(name) is None or held[:1] != _ED25519 or number != verifier.number.hex():
        raise VerifierKeyUnreadable(field="key")
    return verifier
