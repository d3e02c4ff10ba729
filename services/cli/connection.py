"""Which NATS and database an operator's command talks to."""

import os

from services.running import data_dir, running_system


def address(variable: str) -> str | None:
    """From the environment, else from the `proteus up` of the data directory."""
    found = running_system(data_dir()) or {}
    return os.environ.get(variable) or found.get(variable.lower())
