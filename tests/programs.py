"""Programs that are no package of Python: a test is left out where the one it needs is not, and says how to have it."""

import os
import shutil
import sys
from pathlib import Path

import pytest

#: How to have it: Debian's packages, as `requirements/debian.sh` installs them.
_APT = "apt-get install --no-install-recommends"
SOURCES = {
    "promtool": f"{_APT} prometheus",
    "prometheus": f"{_APT} prometheus",
    "docker-compose": f"{_APT} docker-compose",
    "nginx": f"{_APT} nginx-light",
    "pgbouncer": f"{_APT} pgbouncer",
    "curl": f"{_APT} curl",
    "jq": f"{_APT} jq",
    "node": "pip install --no-deps --require-hashes -r requirements/node.txt",
}


def missing(name: str) -> str:
    """What to do about a program that is not here."""
    return f"{name} is not installed: `{SOURCES[name]}`"


def program(name: str) -> str:
    """Where it is, among what a wheel brought or on the path. Skips the test that asks when it is nowhere."""
    wheels = Path(sys.executable).with_name(name)
    found = (
        str(wheels) if wheels.exists() else shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    )
    if found is None:
        pytest.skip(missing(name))
    return found
