"""What `proteus up` says to try, as it can be typed where it was started."""

import shlex
import shutil
import sys
from pathlib import Path

from services.running import default_data_dir

_SAMPLES = Path(__file__).parents[2] / "samples"


def to_try(data_dir: Path) -> dict[str, str]:
    """Commands for a shell in this process's directory, by what they do."""
    elsewhere = [] if data_dir == default_data_dir() else ["--data-dir", _short(data_dir)]
    pictures = [
        _short(_SAMPLES / name) if _SAMPLES.is_dir() else name for name in ("person.jpg", "shirt.jpg")
    ]
    commands = {
        "try it": ["tryon", *pictures, "-o", "out.jpg", *elsewhere],
        "watch it": ["status", *elsewhere],
    }
    return {use: shlex.join([*_program(), *command]) for use, command in commands.items()}


def _program() -> list[str]:
    """How this one was called, if it can be called so again."""
    typed = Path(sys.argv[0])
    if typed.name != "proteus":
        return [sys.executable, "-m", "services.cli"]
    found = shutil.which("proteus")
    return ["proteus"] if found and typed.samefile(found) else [_short(typed)]


def _short(path: Path) -> str:
    """Relative where it lies below this directory."""
    here = Path.cwd()
    path = here / path  # not resolved: .venv may be a link
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
