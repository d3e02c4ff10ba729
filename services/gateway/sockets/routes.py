"""WebSockets: each user's events, on whichever replica they are; what was missed is replayed."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Collection, KeysView
from dataclasses import dataclass, field
from typing import Annotated, Any

import nats.errors
import nats.js.errors
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from schemas.events import JobEvent, JobProgress
from schemas.jobs.base import FINAL, JobStatus
from services.gateway.accounts.sessions import socket_caller
from services.log_limit import limited
from streams import subjects
from streams.topology import EVENTS

log = limited(__name__)

router = APIRouter()

#: Messages that wait for a slow client before it is dropped.
QUEUE = 64
SLOW, BAD_TOKEN, GOING_AWAY = 1013, 4401, 1012
_SEND_SECONDS = 10.0
_PATIENT_LOOKS = 30  # for an event that was heard of and is not found, a tenth of a second apart
_CATCHING_UP = 32  # sockets at a time
_ENDED_JOBS = 256  # of one socket, whose end is remembered
_REMEMBERED_JOBS = 10_000  # those heard of last, and how they were


@dataclass(eq=False)
class Socket:
    """One connection. ``last`` is the newest sequence queued, so that a replay overlaps nothing."""

    user_id: str
    session_id: str
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    last: int = 0
    heard: int = 0  # newest sequence that came while replaying
    replaying: bool = False
    paused: bool = False  # the feed broke: what it brings next may lie behind a gap
    ended: OrderedDict[str, str] = field(default_factory=OrderedDict)  # jobs whose end was told
    closing: asyncio.Future[int] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def behind(self) -> bool:
        """Whether events come from the stream now, and not from the feed."""
        return self.replaying or self.paused

    def offer(self, event: JobEvent) -> None:
        """Queue an event; a full queue closes the socket. Progress is only worth sending while there is room."""
        if event.seq is None:
            if self.queue.qsize() < QUEUE // 2 and not self.behind and self.is_news(event):
                self.queue.put_nowait(event.model_dump_json())
            return
        if self.behind:
            self.heard = max(self.heard, event.seq)  # the replay reads on until it brought this one
            return
        if event.seq <= self.last:
            return
        self._put(event)

    def _put(self, event: JobEvent) -> None:
        assert event.seq is not None
        try:
            if self.is_news(event):
                self.queue.put_nowait(event.model_dump_json())
            self.last = event.seq
        except asyncio.QueueFull:
            self.close(SLOW)

    def is_news(self, event: JobEvent) -> bool:
        """Whether to tell it: after a job's end only its being queued again is.

        Two replicas that write a start and an end may publish them the other way round, and a stream that lost
        its memory of ids stores an end twice.
        """
        over = event.job_id in self.ended
        if event.status in FINAL:
            same = self.ended.get(event.job_id) == event.status
            self.ended[event.job_id] = event.status
            if len(self.ended) > _ENDED_JOBS:
                self.ended.popitem(last=False)
            return not same
        if over and event.status == JobStatus.QUEUED:
            del self.ended[event.job_id]
            return True
        return not over

    def close(self, code: int) -> None:
        """Ask for the connection to be closed."""
        if not self.closing.done():
            self.closing.set_result(code)


class Hub:
    """This replica's sockets by user, fed by one subscription."""

    def __init__(
        self, js: JetStreamContext, open_sockets: Gauge, sent: Counter, vouch: Callable[[JobProgress], bool]
    ) -> None:
        self._js, self._vouch = js, vouch
        self._open, self._sent = open_sockets, sent
        self._sockets: dict[str, set[Socket]] = {}
        self._breaks = 0
        self._newest = 0  # sequence that the feed brought
        self._stored: int | None = None  # the stream's, at the last check
        self.mending: set[asyncio.Task[None]] = set()  # replays of sockets that missed an event
        self._last: OrderedDict[str, tuple[JobStatus, float]] = OrderedDict()  # state and progress by job
        self.on_end: Callable[[str], None] = lambda _job_id: None

    @property
    def users(self) -> KeysView[str]:
        """Whose sockets are here."""
        return self._sockets.keys()

    def progress(self, job_id: str) -> float:
        """How far a running job was when it was last heard of."""
        _, progress = self._last.get(job_id, (None, 0.0))
        return progress

    def tell_place(self, event: JobEvent) -> None:
        """Tell its user's sockets where a job stands, unless it was heard of as running or ended since."""
        status, _ = self._last.get(event.job_id, (JobStatus.QUEUED, 0.0))
        if status != JobStatus.QUEUED:
            return
        for socket in self._sockets.get(event.user_id, ()):
            if event.job_id not in socket.ended:
                socket.offer(event)

    async def on_message(self, message: Msg) -> None:
        """A message on ``live.>``: what the stream has stored, or what a worker says of its job."""
        try:
            if message.subject.startswith(subjects.progress("")):
                self._on_progress(JobProgress.model_validate_json(message.data), message.subject)
            else:
                self._on_event(JobEvent.model_validate_json(message.data), message)
        except ValidationError:
            log.warning("ignored a malformed event")

    def _on_progress(self, told: JobProgress, subject: str) -> None:
        """Pass it on when it comes from who was handed the job, which has not ended since."""
        if subject != subjects.progress(told.user_id) or not self._vouch(told):
            log.warning("ignored progress of a job that its sender was not handed")
            return
        event = JobEvent.model_validate(told.model_dump(exclude={"task_token"}))
        if self._remember(event):
            for socket in self._sockets.get(event.user_id, ()):
                socket.offer(event)
                self._sent.inc()

    def _on_event(self, event: JobEvent, message: Msg) -> None:
        sequence = (message.headers or {}).get("Nats-Sequence")
        if sequence is not None:
            event = event.model_copy(update={"seq": int(sequence)})
            self._newest = max(self._newest, int(sequence))
        self._remember(event)
        before = int((message.headers or {}).get("Nats-Last-Sequence", 0))
        for socket in self._sockets.get(event.user_id, ()):
            if not socket.behind and 0 < socket.last < before:
                # The user's event before this one never came: a stream's leader died with it on its lips.
                socket.paused = True
                task = asyncio.create_task(self._mend(socket))
                self.mending.add(task)
                task.add_done_callback(self.mending.discard)
            socket.offer(event)
            self._sent.inc()

    async def _mend(self, socket: Socket) -> None:
        breaks = self._breaks
        await self.replay(socket, socket.last)
        if self._breaks == breaks:  # else a catch_up follows
            socket.paused = False

    def _remember(self, event: JobEvent) -> bool:
        """Whether it may be so: a job that has ended runs only after it was queued again."""
        status, _ = self._last.get(event.job_id, (None, 0.0))
        if status in FINAL and event.status == JobStatus.RUNNING:
            return False
        self._last[event.job_id] = event.status, event.progress
        self._last.move_to_end(event.job_id)
        if len(self._last) > _REMEMBERED_JOBS:
            self._last.popitem(last=False)
        if event.status in FINAL:
            self.on_end(event.job_id)
        return True

    def join(self, socket: Socket) -> None:
        """From now on the socket hears its user's events."""
        self._sockets.setdefault(socket.user_id, set()).add(socket)
        self._open.inc()

    def count(self, user_id: str) -> int:
        """How many sockets of the user are here."""
        return len(self._sockets.get(user_id, ()))

    def leave(self, socket: Socket) -> None:
        """It is closed."""
        sockets = self._sockets.get(socket.user_id, set())
        if socket in sockets:
            sockets.remove(socket)
            self._open.dec()
        if not sockets:
            self._sockets.pop(socket.user_id, None)

    def sessions(self) -> set[str]:
        """Every sign-in that has a socket here."""
        return {socket.session_id for sockets in self._sockets.values() for socket in sockets}

    def end(self, sessions: Collection[str]) -> None:
        """Close the sockets of sign-ins that ended."""
        for sockets in self._sockets.values():
            for socket in sockets:
                if socket.session_id in sessions:
                    socket.close(BAD_TOKEN)

    def close_all(self) -> None:
        """The replica goes away; clients come back elsewhere and ask for what they missed."""
        for sockets in self._sockets.values():
            for socket in sockets:
                socket.close(GOING_AWAY)

    async def check(self) -> None:
        """Ask the stream, every few seconds, whether the feed brought its newest event; if not, the stream does.

        A leader that dies between storing and republishing leaves no later event to tell of it by.
        """
        last = (await self._js.stream_info(EVENTS)).state.last_seq
        before, self._stored = self._stored, last
        if before is None or last < self._newest:  # the first look, or a stream made anew
            self._newest = last
        elif before > self._newest:  # it had all the time since the look before
            log.warning("an event was stored and not told: sockets catch up")
            self._newest = before
            self.pause()
            await self.catch_up()

    def pause(self) -> None:
        """The connection to NATS broke. At once, or an event that comes first after it would hide those between."""
        self._breaks += 1
        for sockets in self._sockets.values():
            for socket in sockets:
                socket.paused = True

    async def catch_up(self) -> None:
        """After a lost connection to NATS: bring every socket what was published meanwhile."""
        breaks = self._breaks
        room = asyncio.Semaphore(_CATCHING_UP)

        async def one(socket: Socket) -> None:
            if not socket.last:  # nothing says from where to replay: let the client come back and look
                socket.close(GOING_AWAY)
                return
            async with room:
                await self.replay(socket, socket.last)
            if self._breaks == breaks:  # else another catch_up follows
                socket.paused = False

        behind = [socket for sockets in self._sockets.values() for socket in sockets if socket.paused]
        await asyncio.gather(*(one(socket) for socket in behind))

    async def replay(self, socket: Socket, since: int) -> None:
        """Queue what is stored for the user after ``since``, then go live without a gap."""
        socket.replaying = True
        try:
            sequence = since
            if since and since > (await self._js.stream_info(EVENTS)).state.last_seq:
                # The stream was lost and begins anew: all that it holds came after what the client has.
                sequence = socket.heard = 0
            socket.last = sequence
            while not socket.closing.done():
                event = await self._next(socket.user_id, sequence + 1)
                for _ in range(_PATIENT_LOOKS):
                    if event is not None or socket.heard <= sequence:
                        break
                    # Stored since that answer, or a leader just elected has not applied it. Gone when purged.
                    await asyncio.sleep(0.1)
                    event = await self._next(socket.user_id, sequence + 1)
                if event is None:
                    break
                assert event.seq is not None
                sequence = event.seq
                if socket.is_news(event):
                    await asyncio.wait_for(socket.queue.put(event.model_dump_json()), _SEND_SECONDS)
                socket.last = sequence
        except TimeoutError:
            socket.close(SLOW)
        except (nats.errors.Error, nats.js.errors.Error):
            socket.close(GOING_AWAY)  # what was missed cannot be told now: let the client come back
        finally:
            socket.replaying = False

    async def _next(self, user_id: str, sequence: int) -> JobEvent | None:
        try:
            found = await self._js.get_msg(EVENTS, seq=sequence, subject=subjects.event(user_id), next=True)
        except NotFoundError:
            return None
        event = JobEvent.model_validate_json(found.data or b"")
        return event.model_copy(update={"seq": found.seq})


@router.websocket("/ws")
@router.websocket("/updates")
async def updates(
    websocket: WebSocket,
    token: Annotated[str | None, Query()] = None,
    since: Annotated[int | None, Query(ge=0)] = None,
) -> None:
    """The caller's events as JSON, one `JobEvent` a message; ``since`` replays what came after it."""
    state = websocket.app.state
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
    socket.replaying = since is not None
    hub.join(socket)  # before it is accepted: whose socket is open misses nothing
    try:
        await websocket.accept()
        await _converse(websocket, hub, socket, since)
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
    replaying = [] if since is None else [asyncio.create_task(hub.replay(socket, since))]
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
            await asyncio.wait_for(websocket.close(code), _SEND_SECONDS)


async def _send(websocket: WebSocket, socket: Socket) -> None:
    while True:
        text = await socket.queue.get()
        try:
            await asyncio.wait_for(websocket.send_text(text), _SEND_SECONDS)
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
