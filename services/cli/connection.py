"""Which NATS and database an operator's command talks to."""

import os

from services.cli.up import default_data_dir
from services.running import running_system


def address(variable: str) -> str | None:
    """From the environment, else from a `proteus up` of this user."""
    found = running_system(default_data_dir()) or {}
    return os.environ.get(variable) or found.get(variable.lower())
