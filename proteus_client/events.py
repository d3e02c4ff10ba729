"""How jobs go, by a WebSocket; where none can be had, nothing is heard and the job is looked at."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from proteus_client.errors import ProteusError
from proteus_client.models import Event
from proteus_client.proxies import proxy_of
from proteus_client.session import Session

#: Between two looks, without a socket.
_POLL_SECONDS = 1.0

NextEvent = Callable[[float], Awaitable[Event | None]]


@contextlib.asynccontextmanager
async def listen(session: Session) -> AsyncIterator[NextEvent]:
    """A function that waits for the next event up to some seconds: None when there was none, or no socket."""
    async with contextlib.AsyncExitStack() as stack:
        socket = None
        with contextlib.suppress(WebSocketException, OSError, TimeoutError, ProteusError):
            token = (await session.request("GET", "/user/ws-token"))["token"]
            base = str(session.http.base_url).rstrip("/").replace("http", "ws", 1)
            proxy = proxy_of(base) if session.http.trust_env else None
            socket = await stack.enter_async_context(connect(f"{base}/ws?token={token}", proxy=proxy))

        async def next_event(seconds: float) -> Event | None:
            nonlocal socket
            if socket is None:
                await asyncio.sleep(min(seconds, _POLL_SECONDS))
                return None
            try:
                return Event.of(json.loads(await asyncio.wait_for(socket.recv(), seconds)))
            except TimeoutError:
                return None
            except WebSocketException:
                socket = None  # looking, from here on
                return None

        yield next_event
