"""A folder of signed checkpoints, outside the store: whoever holds it notices a cut tail and a rewritten journal."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from graph_service.model.checkpoints import Verifier, checkpoint_of, sign
from graph_service.model.journal import Head

#: The name under which checkpoints are signed unless something else is said.
ORIGIN = "trustnet"


class CheckpointFolder:
    """Writes checkpoints as files.

    The signing key stays with the store's owner and is made at the first use, readable by nobody else; the folder holds
    what others need: the notes and the key to check them with.
    """

    def __init__(self, folder: Path, signing_key: Path, origin: str = ORIGIN) -> None:
        self._folder = folder
        self._origin = origin
        folder.mkdir(parents=True, exist_ok=True)
        self._key = self._signing_key(signing_key)
        verifier = Verifier(name=origin, key=self._key.public_key())
        (folder / "verifier.txt").write_text(f"{verifier}\n", "utf-8")

    def write(self, head: Head) -> Path:
        """Sign the end of a journal; give the file, whose name is the position."""
        path = self._folder / f"{head.seq:012d}.checkpoint"
        path.write_text(sign(checkpoint_of(head, self._origin), self._key), "utf-8")
        return path

    @staticmethod
    def _signing_key(path: Path) -> Ed25519PrivateKey:
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text("ascii")))
        key = Ed25519PrivateKey.generate()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.private_bytes_raw().hex())
        return key
