"""Which NATS and database an operator's command talks to."""

import os
from pathlib import Path

from services.cli.up import default_data_dir
from services.running import running_system


def address(variable: str, data_dir: Path | None = None) -> str | None:
    """Of the `proteus up` on ``data_dir`` where one is named; else from the environment, or of this user's own."""
    found = running_system(data_dir or default_data_dir()) or {}
    if data_dir is not None:
        return found.get(variable.lower())
    return os.environ.get(variable) or found.get(variable.lower())
