"""Keeps the logs of `proteus up` small: by size, and by age."""

import asyncio
import contextlib
import shutil
import time
from pathlib import Path

#: A log that is larger becomes ``NAME.log.1``, and what was that ``NAME.log.2``…
LARGEST = 10 * 2**20
#: … of which there are so many, for so long.
KEPT, KEPT_DAYS = 3, 14.0
_LOOK_SECONDS = 10.0


async def keep_small(logs: Path) -> None:
    """Until cancelled."""
    while True:
        with contextlib.suppress(OSError):  # as on a full disk; the next look may find room
            await asyncio.to_thread(rotate, logs, time.time())
        await asyncio.sleep(_LOOK_SECONDS)


def rotate(logs: Path, now: float, largest: int = LARGEST) -> None:
    """Once. ``now`` as time.time() has it; ``largest`` in bytes.

    Processes write on to the file that they have open, so that is copied and emptied; a line that comes in between
    is lost.
    """
    for log in sorted(logs.glob("*.log")):
        if log.stat().st_size > largest:
            for number in range(KEPT, 1, -1):
                newer = _numbered(log, number - 1)
                if newer.exists():
                    newer.replace(_numbered(log, number))
            first = _numbered(log, 1)
            first.unlink(missing_ok=True)
            first.touch(mode=0o600)
            shutil.copyfile(log, first)
            with log.open("r+b") as file:
                file.truncate(0)
        for number in range(1, KEPT + 1):
            old = _numbered(log, number)
            if old.exists() and now - old.stat().st_mtime > KEPT_DAYS * 86400:
                old.unlink()


def _numbered(log: Path, number: int) -> Path:
    return log.with_name(f"{log.name}.{number}")
