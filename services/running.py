"""Who runs on a data directory, and where: what `proteus up` leaves for the other commands."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import platformdirs

DATA_DIR_VARIABLE = "PROTEUS_DATA_DIR"

_STATE = "up.json"


def data_dir() -> Path:
    """Where `proteus up` keeps its data: PROTEUS_DATA_DIR (each command's ``--data-dir``), else this user's."""
    if told := os.environ.get(DATA_DIR_VARIABLE):
        return Path(told).expanduser().resolve()
    return default_data_dir()


def default_data_dir() -> Path:
    """This user's, where none is named."""
    return platformdirs.user_data_path("proteus")


class AlreadyRunning(Exception):
    """Another `proteus up` uses the data directory. Says where it is."""


@contextlib.contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data directory. Raises AlreadyRunning when somebody else does."""
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            found = running_system(data)
            where = f" at {found['url']}" if found else ""
            raise AlreadyRunning(f"Proteus already runs on {data}{where}") from None
        yield


@contextlib.contextmanager
def announced(data: Path, found: Mapping[str, Any]) -> Iterator[None]:
    """Let `running_system` find it meanwhile.

    Whole or not there at all for who reads it, and never readable for others.
    """
    state = data / _STATE
    fresh = state.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps({**found, "pid": os.getpid()}, indent=1))
    fresh.replace(state)
    try:
        yield
    finally:
        state.unlink(missing_ok=True)


def running_system(data_dir: Path) -> dict[str, str] | None:
    """What a running `proteus up` on this directory wrote: url, pid and its servers' addresses."""
    try:
        found: dict[str, str] = json.loads((data_dir / _STATE).read_text())
        os.kill(int(found["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return found
