"""FastStream's broker, for services with handlers."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import nats.errors
from faststream.nats import NatsBroker
from faststream.nats.security import NatsSecurity, NatsToken, NatsUserPassword

from streams.connection import OPTIONS, log_disconnected, log_error, log_reconnected, login
from streams.permissions import inbox

log = logging.getLogger(__name__)

_DRAIN_SECONDS = 5.0


def _security(who: Mapping[str, str]) -> NatsSecurity | None:
    if "token" in who:
        return NatsToken(who["token"])
    return NatsUserPassword(who["user"], who["password"]) if who else None


def make_broker(
    servers: Sequence[str],
    service: str,
    instance: str = "",
    middlewares: Sequence[Any] = (),
    on_disconnect: Callable[[], None] | None = None,
) -> NatsBroker:
    """A FastStream broker, not connected. `nats account report connections` shows both names.

    ``on_disconnect`` is called before anything can come over a new connection.
    """

    async def disconnected() -> None:
        if on_disconnect is not None:
            on_disconnect()
        await log_disconnected()

    bare, who = login(servers)
    return NatsBroker(
        bare,
        security=_security(who),
        name=f"{service}-{instance}" if instance else service,
        inbox_prefix=inbox(service),
        middlewares=middlewares,
        disconnected_cb=disconnected,
        reconnected_cb=log_reconnected,
        error_cb=log_error,
        logger=None,
        **OPTIONS,
    )


async def disconnect(broker: NatsBroker) -> None:
    """Send what is under way and leave; where NATS is away there is nothing to send it to."""
    try:
        await asyncio.wait_for(broker.stop(), _DRAIN_SECONDS)
    except (nats.errors.Error, TimeoutError) as error:
        log.warning("connection not drained: %s", error)
