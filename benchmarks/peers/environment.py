"""The peers' own Python environment, made at first use: what they need never meets what Proteus needs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

_HERE = Path(__file__).parent
ROOT = _HERE.parents[1]
_VENV = ROOT / ".venv" / "peers"  # ignored, and gone with `make clean`
_WANTED = _HERE / "requirements.txt"
_MADE = _VENV / "made-from.txt"
_BIN = _VENV / "bin"


class NoEnvironment(Exception):
    """It could not be made. Says why and what to do."""


def make(say: Callable[[str], None]) -> None:
    """Make it when it is missing, and anew when requirements.txt has changed since."""
    if not (ROOT / "pyproject.toml").exists():
        raise NoEnvironment(
            "the peers run from a checkout of Proteus: clone it, `make install`, and run there"
        )
    wanted = _WANTED.read_text()
    if _MADE.exists() and _MADE.read_text() == wanted:
        return
    say(f"Installing the peers into {_VENV.relative_to(ROOT)} (once; about a minute)…")
    shutil.rmtree(_VENV, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(_VENV)],
        [str(_BIN / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(_WANTED)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoEnvironment(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    _MADE.write_text(wanted)


def program(name: str) -> str:
    """The path of one that is installed there."""
    return str(_BIN / name)


def variables(more: Mapping[str, str]) -> dict[str, str]:
    """What a process of a peer's is started with. It finds this package by its path, and nothing else of ours."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **more}


def pinned() -> dict[str, str]:
    """Version by package, as in requirements.txt."""
    lines = (line.split(";")[0].strip() for line in _WANTED.read_text().splitlines())
    return dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
