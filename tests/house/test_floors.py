"""The floors hold: who may know whom is written in pyproject.toml, and kept."""

from __future__ import annotations

import subprocess
import sys

from tests.house.code import ROOT


def test_every_contract_is_kept() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"

    told = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"], cwd=ROOT, check=False, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]
    assert " 0 broken" in told.stdout
