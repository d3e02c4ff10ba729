"""WebSockets: each user's events, on whichever replica they are; what was missed is replayed."""

import asyncio
import contextlib
import logging
from typing import Annotated, Any

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import Field, TypeAdapter, ValidationError

from services.gateway.accounts.sessions import socket_caller
from services.gateway.parts import parts_of
from services.gateway.sockets.connection import BAD_SINCE, BAD_TOKEN, SEND_SECONDS, SLOW, Socket
from services.gateway.sockets.hub import Hub
from services.gateway.sockets.replay import replay

log = logging.getLogger(__name__)

router = APIRouter()

_SEQUENCE: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])


@router.websocket("/ws")
@router.websocket("/updates")
async def updates(
    websocket: WebSocket,
    token: Annotated[str | None, Query()] = None,
    since: Annotated[str | None, Query()] = None,
) -> None:
    """The caller's events as JSON, one `JobEvent` a message; ``since`` replays what came after it."""
    state = parts_of(websocket)
    try:
        sequence = None if since is None else _SEQUENCE.validate_python(since)
    except ValidationError:  # before the token is used up
        await _refuse(websocket, BAD_SINCE, "since must be a number from 0: the seq of an event")
        return
    header = websocket.headers.get("authorization")
    try:
        caller = await socket_caller(state.engine, state.pool, state.tokens, token, header)
    except Exception:  # the database is away: the client may try again, its token is not to blame
        log.warning("socket refused", exc_info=True)
        await _refuse(websocket, SLOW, "try again")
        return
    if caller is None:
        await _refuse(websocket, BAD_TOKEN, "bad token")
        return
    hub: Hub = state.hub
    if hub.count(caller.id) >= state.settings.max_sockets:
        await _refuse(websocket, SLOW, "too many sockets")
        return
    socket = Socket(caller.id, caller.session_id)
    socket.replaying = sequence is not None
    hub.join(socket)  # before it is accepted: whose socket is open misses nothing
    try:
        await websocket.accept()
        await _converse(websocket, hub, socket, sequence)
    finally:
        hub.leave(socket)


async def _refuse(websocket: WebSocket, code: int, reason: str) -> None:
    """Accepted first, since only then a client is told the code."""
    await websocket.accept()
    await websocket.close(code, reason)


async def _converse(websocket: WebSocket, hub: Hub, socket: Socket, since: int | None) -> None:
    """Send until the client leaves, is too slow, or we go away."""
    tasks: list[asyncio.Future[None]] = [
        asyncio.create_task(_send(websocket, socket)),
        asyncio.create_task(_until_gone(websocket)),
    ]
    replaying = [] if since is None else [asyncio.create_task(replay(hub.js, socket, since))]
    try:
        waiters: list[asyncio.Future[Any]] = [*tasks, socket.closing]
        await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (*tasks, *replaying):
            task.cancel()
        await asyncio.gather(*tasks, *replaying, return_exceptions=True)
    if socket.closing.done():
        code = socket.closing.result()
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            await asyncio.wait_for(websocket.close(code), SEND_SECONDS)


async def _send(websocket: WebSocket, socket: Socket) -> None:
    while True:
        text = await socket.queue.get()
        try:
            await asyncio.wait_for(websocket.send_text(text), SEND_SECONDS)
        except TimeoutError:
            socket.close(SLOW)
            return


async def _until_gone(websocket: WebSocket) -> None:
    """Clients have nothing to say; what they send is read so that their leaving is noticed."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
