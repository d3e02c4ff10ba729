"""Where the commands of an image run: its own root directory, or an environment with exactly its packages."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The image's user (Dockerfile).
USER = 10001
#: Read-only but for /tmp, which is the test's own directory; the network is this machine's.
_ENTER = (
    'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount --bind "$1" "$0/tmp" '
    '&& mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && root=$0 && shift '
    f'&& exec /usr/sbin/chroot --userspec={USER}:{USER} "$root" "$@"'
)


@dataclass(frozen=True)
class Machine:
    """``start`` is put before a program's arguments; ``python`` runs the image's Python."""

    python: str
    start: tuple[str, ...]
    environment: Mapping[str, str]
    tmp: Path  # as the tests see it
    inside: Path  # the same directory as the commands see it
    root: Path | None = None  # of an image

    def proteus(self, *arguments: str) -> list[str]:
        """The command line of `proteus …`, as the image's entry point has it."""
        return [*self.start, self.python, "-m", "services.cli", *arguments]

    def give(self, file: Path) -> str:
        """A copy of a file, as the commands see it."""
        shutil.copy(file, self.tmp)
        return str(self.inside / file.name)


def of_environment(python: Path, tmp: Path) -> Machine:
    """Packages alone: quick, and what is installed beside them here is not there."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp), "PROTEUS_HOST": "0.0.0.0"}
    return Machine(str(python), (), environment, tmp, tmp)


def of_image(root: Path, tmp: Path) -> Machine:
    """An unpacked image, entered as its user. Needs root here."""
    tmp.chmod(0o1777)
    for parent in tmp.parents:
        if parent.stat().st_mode & 0o001 == 0:
            parent.chmod(parent.stat().st_mode | 0o011)
    environment = {
        "PATH": "/opt/proteus/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/home/proteus",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PROTEUS_HOST": "0.0.0.0",
    }
    enter = ("unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", _ENTER, str(root), str(tmp))
    return Machine("/opt/proteus/bin/python", enter, environment, tmp, Path("/tmp"), root)
