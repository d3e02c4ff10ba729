"""Connections to NATS that survive it: for ever reconnecting, noticing a hung server within half a minute."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import nats
from nats.aio.client import Client

from streams.permissions import inbox

log = logging.getLogger(__name__)

#: Without -1 a client gives up after two minutes, and FastStream's loop then spins without yielding.
#: The default ping takes four minutes to notice a server that is stopped but not closed.
OPTIONS: dict[str, Any] = {
    "max_reconnect_attempts": -1,
    "reconnect_time_wait": 0.5,
    "ping_interval": 10,
    "max_outstanding_pings": 3,
    "connect_timeout": 5,
}


def login(servers: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The URLs without their login, and the login (``user``, ``password``, or ``token``) as a client's own options.

    A client that goes over to a server which the cluster told it of has no URL of it, and would come without one.
    """
    bare, found = [], {}
    for server in servers:
        parts = urlsplit(server if "://" in server else f"nats://{server}")
        if parts.username is not None and parts.password is None:
            found = {"token": unquote(parts.username)}
        elif parts.username is not None:
            found = {"user": unquote(parts.username), "password": unquote(parts.password or "")}
        bare.append(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
    return bare, found


async def log_disconnected() -> None:
    """For `disconnected_cb`."""
    log.warning("disconnected from NATS")


async def log_reconnected() -> None:
    """For `reconnected_cb`."""
    log.info("reconnected to NATS")


async def log_error(error: Exception) -> None:
    """For `error_cb`."""
    log.warning("NATS: %s", str(error) or type(error).__name__)


async def flush(client: Client) -> None:
    """Return once the server has all that was written before, subscriptions too. Raises what the client's own raises.

    The client's own writes its PING to the socket, past what lies in its buffer. By the PONG the buffer has gone
    out as well, so a second PING comes behind it.
    """
    await client.flush()
    await client.flush()


async def connect(servers: Sequence[str], service: str) -> Client:
    """A plain client, connected; waits for a server that is not there yet.

    For what has no handlers: the arbitrator.
    """
    bare, who = login(servers)
    return await nats.connect(
        bare,
        name=service,
        inbox_prefix=inbox(service),
        disconnected_cb=log_disconnected,
        reconnected_cb=log_reconnected,
        error_cb=log_error,
        **OPTIONS,
        **who,
    )


async def connect_once(url: str) -> Client:
    """A plain client for a command that somebody waits for: connects now, or raises OSError or a NATS error."""

    async def ignore(_error: Exception) -> None:
        return None

    bare, who = login(url.split(","))
    async with asyncio.timeout(5):
        return await nats.connect(
            bare,
            **who,
            connect_timeout=3,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            error_cb=ignore,
        )
