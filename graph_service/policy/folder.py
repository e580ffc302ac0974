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
from graph_service.policy.nodes import FILE_BYTES_MAX, Findings, read_nodes
from graph_service.policy.parse import SUFFIX
from graph_service.policy.policy_file import POLICY_FILE, read_policy_file


def read_folder(path: Path) -> Mapping[str, str]:
    """Read the texts of a policy folder, by file name, in order of name.

    Where its `policy.yaml` says `based_on: wendeng`, the files that the folder does not hold are those of that edition.

    Raises:
        PolicyFaults: There is no such folder, it holds no policy, files in it cannot be read, or it is based on an
            edition that does not ship or is based on another one itself.
    """
    return completed(_own_texts(path))


def completed(own: Mapping[str, str]) -> Mapping[str, str]:
    """Complete the texts of a policy by those of the edition on which its `policy.yaml` bases it, in order of name.

    Raises:
        PolicyFaults: It is based on an edition that does not ship or is based on another one itself.
    """
    based_on = _based_on(own)
    texts = own if based_on is None else {**_own_texts(_editions()[based_on]), **own}
    return dict(sorted(texts.items()))


def _based_on(texts: Mapping[str, str]) -> str | None:
    """Give the edition whose files complete a folder. A `policy.yaml` with faults is told of before its base is."""
    if POLICY_FILE not in texts:
        return None
    findings = Findings(POLICY_FILE)
    tree = read_nodes(findings, texts[POLICY_FILE])
    based_on = read_policy_file(tree).based_on if tree else None
    # Only an edition that is complete can be built on: two steps would leave open whose `shares` holds.
    known = [name for name, folder in _editions().items() if not (folder / POLICY_FILE).exists()]
    if based_on is not None and based_on not in known:
        findings.add("based_on", PolicyEditionUnknown(**nearest(based_on, known)))
    if findings.faults:
        raise PolicyFaults(findings.faults)
    return based_on


def _own_texts(path: Path) -> Mapping[str, str]:
    """Read the texts of the files that a folder holds."""
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
    known = _editions()
    if name not in known:
        raise PolicyEditionUnknown(**nearest(name, known))
    return known[name]


def _editions() -> dict[str, Path]:
    """Give the folders of the editions that ship, by name."""
    editions = Path(str(resources.files("graph_service.policy") / "editions"))
    return {folder.name: folder for folder in sorted(editions.iterdir()) if any(folder.glob(f"*{SUFFIX}"))}


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
