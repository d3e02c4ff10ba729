"""Which NATS and database an operator's command talks to."""

import contextlib
import os

import typer

from services.running import DATA_DIR_VARIABLE, data_dir, running_system


def address(variable: str) -> str | None:
    """Of the `proteus up` on the data directory that was named; else from the environment, or of this user's own."""
    found = (running_system(data_dir()) or {}).get(variable.lower())
    if found and DATA_DIR_VARIABLE in os.environ:
        return found
    return os.environ.get(variable) or found


def nats_address(command: str) -> str:
    """NATS' servers. Exits with 2 and one line when they are not written as such."""
    from services.settings import NatsSettings, nats_servers

    try:
        return nats_servers(address("NATS_URL") or NatsSettings.model_fields["nats_url"].default)
    except ValueError as error:
        typer.echo(f"proteus {command}: NATS_URL {error}", err=True)
        raise typer.Exit(2) from None


def shown(url: str) -> str:
    """Addresses of servers as a message may have them: without the login."""
    return ",".join(each.strip().rpartition("@")[2].rpartition("//")[2] for each in url.split(","))


async def why_not(url: str, error: Exception) -> str:
    """Why a command could not look at NATS, with the cure where the server is there and something on it is not."""
    import nats.errors
    import nats.js.errors

    from streams.connection import connect_once
    from streams.provision import explained

    if isinstance(error, nats.js.errors.APIError):
        with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError):
            client = await connect_once(url)
            try:
                return await explained(client.jetstream(timeout=3), error)
            finally:
                await client.close()
    return f"NATS at {shown(url)} does not answer: {str(error) or type(error).__name__}"
