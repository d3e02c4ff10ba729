"""Folders that their owner alone looks into, from their first moment on."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

from services.embedded.process import StartError

_PRIVATE = 0o700
_MARK = "lock"  # of a data directory that was used before


def claim_data_dir(path: Path) -> None:
    """Make the data directory, private like all that this process makes from now on.

    Raises StartError with a cure where it cannot be used.
    """
    os.umask(0o077)
    try:
        path.mkdir(parents=True, exist_ok=True)
        new = not any(path.iterdir())
        if path.stat().st_uid != os.geteuid() and os.geteuid():
            raise StartError(f"{path} belongs to another user: choose another place with --data-dir")
        if new or (path / _MARK).exists():  # and no folder of somebody's that holds more than ours
            path.chmod(_PRIVATE)
        for name in ("logs", "nats", "postgres", "s3"):
            make_private(path / name)
        (path / _MARK).touch()
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise StartError(f"{path} cannot be used ({why}): choose another place with --data-dir") from None


def make_private(path: Path) -> None:
    """The folder, and nobody else's business, even if it was before."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(_PRIVATE)


def let_pass(path: Path, group: int) -> None:
    """Let a system user's group pass through the folders above ``path`` and see nothing of what else is there.

    For root, as whom PostgreSQL does not run. Others pass, too, only where the folder has a group of its own already.
    """
    for folder in path.parents:
        found = folder.stat()
        if found.st_mode & stat.S_IXOTH or (found.st_gid == group and found.st_mode & stat.S_IXGRP):
            continue
        with contextlib.suppress(PermissionError):
            if found.st_gid in (0, group):  # root's own, which nobody is in, or ours of an earlier run
                shutil.chown(folder, group=group)
                folder.chmod(stat.S_IMODE(found.st_mode) & ~stat.S_IRWXG | stat.S_IXGRP)
            else:
                folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
