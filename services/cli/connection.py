"""Which NATS and database an operator's command talks to."""

import contextlib
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


def shown(url: str) -> str:
    """Addresses of servers as a message may have them: without the login."""
    return ",".join(each.strip().rpartition("@")[2].rpartition("//")[2] for each in url.split(","))


async def why_not(url: str, error: Exception) -> str:
    """Why a command could not look at NATS, with the cure where the server is there and something on it is not."""
    import nats.errors
    import nats.js.errors

    from streams.connection import connect_once
    from streams.provision import missing_consumers

    if isinstance(error, nats.js.errors.APIError):
        with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError):
            client = await connect_once(url)
            try:
                return "; ".join(await missing_consumers(client.jetstream(timeout=3))) or str(error)
            finally:
                await client.close()
    return f"NATS at {shown(url)} does not answer: {str(error) or type(error).__name__}"
