"""A wall clock that can be set for some processes alone: a small library that is preloaded into them."""

import contextlib
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """Of the processes that are started with ``environment``. Needs a C compiler."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "clock"
        library = directory / "clock.so"
        subprocess.run(
            [_compiler() or "cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE)], check=True
        )
        for path in (library, self._file):
            path.touch()
            path.chmod(0o755)
        self.move(0)
        self.environment: Mapping[str, str] = {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(self._file)}

    def move(self, seconds: int) -> None:
        """Let it be ``seconds`` later (earlier when negative) than it is, from now on."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("l", seconds))

    @contextlib.contextmanager
    def inherited(self) -> Iterator[None]:
        """What is started within takes this environment from ours."""
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name in self.environment:
                del os.environ[name]


def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc")


def why_not() -> str | None:
    """Why there can be none here, or None."""
    return (
        None
        if _compiler()
        else "a clock that can be set needs a C compiler: `apt-get install --no-install-recommends gcc libc6-dev`"
    )
