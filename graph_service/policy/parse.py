"""Parsing: the texts of a policy folder become a policy, or every fault in them is told at once.

Nothing is read but the texts given, so that the journal, which keeps exactly these texts, can be replayed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph_service.model.faults import Fault
from graph_service.policy.faults import (
    PolicyFaults,
    PolicyFieldTwice,
    PolicyFileMissing,
    PolicyFileNameUnfit,
    PolicyTimeZonesDiffer,
)
from graph_service.policy.lint import lint_measure, lint_scheme, lint_tie_names
from graph_service.policy.measures import read_measures
from graph_service.policy.nodes import Entries, Findings, read_nodes
from graph_service.policy.policy_file import POLICY_FILE, PolicyFile, SharesPassed, merit_only, read_policy_file
from graph_service.policy.scheme_files import SchemeFile, read_scheme_file
from graph_service.policy.schemes import Measure, Policy, Scheme
from graph_service.policy.tie_kinds import TieKinds, read_tie_kinds

#: The file of the kinds of tie. Every policy has one.
TIES_FILE = "ties.yaml"
#: The file of the measures. A policy may do without.
MEASURES_FILE = "measures.yaml"

#: Files that are no scheme.
_NO_SCHEMES = frozenset({TIES_FILE, MEASURES_FILE, POLICY_FILE})

#: What the name of every policy file ends in.
SUFFIX = ".yaml"


def parse_policy(name: str, files: Mapping[str, str]) -> Policy:
    """Read a policy from the texts of its files.

    Args:
        name: What the policy is called: for one that ships, its edition.
        files: The texts by file name. Every file is a scheme but `ties.yaml`, `measures.yaml` and `policy.yaml`. They
            are complete: what `policy.yaml` says the policy is based on was put in when the folder was read.

    Raises:
        PolicyFaults: With every fault of every file, each with file, line, field and cure.
    """
    return _Reading(files).policy(name)


class _Reading:
    """One policy being read: the tree and the findings of each file."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.findings = {file: Findings(file) for file in sorted({*files, TIES_FILE})}
        self.trees: dict[str, Entries | None] = {
            file: read_nodes(self.findings[file], text) for file, text in sorted(files.items())
        }

    def policy(self, name: str) -> Policy:
        """Read every file, then look at what they mean together."""
        self._check_names()
        ties = self._ties()
        files = list(self._scheme_files())
        measures = self._measures()
        overall = self._policy_file()
        self._lint(ties, files, measures)
        faults = list(self._faults())
        if faults:
            raise PolicyFaults(faults)
        return Policy(
            name=name,
            time_zone=files[0].time_zone,
            schemes={scheme.code: scheme for scheme in _shared_as(overall.shares, files)},
            tie_kinds=ties.sound if ties else {},
            measures=measures,
        )

    def _check_names(self) -> None:
        for file in self.trees:
            if not file.endswith(SUFFIX):
                self.findings[file].add("", PolicyFileNameUnfit(field="", name=file))
        if TIES_FILE not in self.trees:
            self.findings[TIES_FILE].add("", PolicyFileMissing(field="", name=TIES_FILE))
        if not set(self.trees) - _NO_SCHEMES:
            refusal = PolicyFileMissing(field="", name=f"<scheme>{SUFFIX}")
            self.findings[TIES_FILE].add("", refusal)

    def _ties(self) -> TieKinds | None:
        tree = self.trees.get(TIES_FILE)
        return read_tie_kinds(tree) if tree else None

    def _measures(self) -> dict[str, Measure]:
        tree = self.trees.get(MEASURES_FILE)
        return read_measures(tree) if tree else {}

    def _policy_file(self) -> PolicyFile:
        tree = self.trees.get(POLICY_FILE)
        return read_policy_file(tree) if tree else PolicyFile()

    def _scheme_files(self) -> Iterator[SchemeFile]:
        for file, tree in self.trees.items():
            if tree is not None and file not in _NO_SCHEMES:
                yield read_scheme_file(tree)

    def _lint(self, ties: TieKinds | None, files: list[SchemeFile], measures: Mapping[str, Measure]) -> None:
        by_code: dict[str, SchemeFile] = {}
        for file in files:
            code = file.scheme.code
            if code and code in by_code:
                file.findings.add("scheme", PolicyFieldTwice(field="scheme", name=code))
            by_code.setdefault(code, file)
        # A file that cannot be read, or a scheme without a name, may be the one that another names.
        all_known = None not in self.trees.values() and "" not in by_code
        for file in files:
            file.findings.add_unless_told(lint_scheme(file, ties, by_code if all_known else None))
            for path, refusal in lint_tie_names(file.scheme, ties) if ties else ():
                file.findings.add(path, refusal)
        for measure in measures.values() if all_known else ():
            self.findings[MEASURES_FILE].add_unless_told(lint_measure(measure, by_code))
        _compare_time_zones(files)

    def _faults(self) -> Iterator[Fault]:
        """Go through all faults by file, line and field, each once."""
        for findings in self.findings.values():
            told: set[tuple[int | None, str, str]] = set()
            for fault in sorted(findings.faults, key=_place):
                key = (fault.line, fault.field, str(fault.refusal))
                if key not in told:
                    told.add(key)
                    yield fault


def _shared_as(shares: SharesPassed, files: list[SchemeFile]) -> Iterator[Scheme]:
    """Go through the schemes. They were linted as they are written: what does not pass must be sound all the same."""
    for file in files:
        yield merit_only(file.scheme) if shares is SharesPassed.MERIT_ONLY else file.scheme


def _place(fault: Fault) -> tuple[int, str, str]:
    return fault.line or 0, fault.field, fault.refusal.code


def _compare_time_zones(files: list[SchemeFile]) -> None:
    zoned = [file for file in files if file.time_zone]
    for file in zoned[1:]:
        first = zoned[0]
        if file.time_zone != first.time_zone:
            refusal = PolicyTimeZonesDiffer(
                field="time_zone",
                zone=file.time_zone,
                other=first.time_zone,
                file=first.findings.file,
            )
            file.findings.add("time_zone", refusal)
