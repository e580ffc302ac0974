"""Folders: where the texts of a policy lie on a disk, and where those that ship do."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from graph_service.model.faults import Fault
from graph_service.policy.faults import (
    PolicyEditionUnknown,
    PolicyFaults,
    PolicyFileNameUnfit,
    PolicyFileNotText,
    PolicyFileTooLarge,
    PolicyFolderEmpty,
    PolicyFolderMissing,
    PolicyRefusal,
)
from graph_service.policy.fields import nearest
from graph_service.policy.nodes import FILE_BYTES_MAX
from graph_service.policy.parse import SUFFIX


def read_folder(path: Path) -> Mapping[str, str]:
    """Read the texts of a policy folder, by file name, in order of name.

    Raises:
        PolicyFaults: There is no such folder, it holds no policy, or files in it cannot be read.
    """
    if not path.is_dir():
        raise _faults(path, PolicyFolderMissing(path=str(path)))
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in (".yaml", ".yml"))
    if not found:
        raise _faults(path, PolicyFolderEmpty(path=str(path)))
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for file in found:
        text = _text(file)
        if isinstance(text, PolicyRefusal):
            faults.append(Fault(file=file.name, line=None, field="", refusal=text))
        else:
            texts[file.name] = text
    if faults:
        raise PolicyFaults(faults)
    return texts


def edition_folder(name: str) -> Path:
    """Give the folder of an edition that ships: "wendeng" or "encourage".

    Raises:
        PolicyEditionUnknown: No such edition ships.
    """
    editions = Path(str(resources.files("graph_service.policy") / "editions"))
    known = sorted(folder.name for folder in editions.iterdir() if any(folder.glob(f"*{SUFFIX}")))
    if name not in known:
        raise PolicyEditionUnknown(**nearest(name, known))
    return editions / name


def _text(file: Path) -> str | PolicyRefusal:
    """Read a file's text, or say why not. A byte order mark, which some editors write, is no part of it."""
    if file.suffix != SUFFIX:
        return PolicyFileNameUnfit(name=file.name)
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            return PolicyFileTooLarge(most=FILE_BYTES_MAX)
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return PolicyFileNotText(name=file.name)


def _faults(path: Path, refusal: PolicyRefusal) -> PolicyFaults:
    return PolicyFaults([Fault(file=str(path), line=None, field="", refusal=refusal)])
