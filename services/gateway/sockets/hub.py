"""This replica's sockets: each user's events reach theirs, and what a broken feed left out is replayed."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, KeysView
from typing import NamedTuple

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from schemas.events import JobEvent, JobProgress
from schemas.jobs.base import FINAL, JobStatus
from services.gateway.sockets.connection import BAD_TOKEN, GOING_AWAY, Socket
from services.gateway.sockets.replay import replay
from services.observability.log_limit import limited
from streams import subjects
from streams.topology import EVENTS

log = limited(__name__)

_CATCHING_UP = 32  # sockets at a time
_REMEMBERED_JOBS = 10_000  # those heard of last, and how they were


class Heard(NamedTuple):
    """How a job was when it was last heard of; ``progress`` and steps as events have them."""

    status: JobStatus
    progress: float = 0.0
    step: int | None = None
    steps: int | None = None


class Hub:
    """This replica's sockets by user, fed by one subscription."""

    def __init__(
        self, js: JetStreamContext, open_sockets: Gauge, sent: Counter, vouch: Callable[[JobProgress], bool]
    ) -> None:
        self.js, self._vouch = js, vouch
        self._open, self._sent = open_sockets, sent
        self._sockets: dict[str, set[Socket]] = {}
        self._breaks = 0
        self._newest = 0  # sequence that the feed brought
        self._stored: int | None = None  # the stream's, at the last check
        self.mending: set[asyncio.Task[None]] = set()  # replays of sockets that missed an event
        self._last: OrderedDict[str, Heard] = OrderedDict()  # by job
        self.on_end: Callable[[str], None] = lambda _job_id: None

    @property
    def users(self) -> KeysView[str]:
        """Whose sockets are here."""
        return self._sockets.keys()

    def heard(self, job_id: str) -> Heard | None:
        """None of a job that nothing was heard of here."""
        return self._last.get(job_id)

    def tell_place(self, event: JobEvent) -> None:
        """Tell its user's sockets where a job stands, unless it was heard of as running or ended since."""
        last = self._last.get(event.job_id)
        if last is not None and last.status != JobStatus.QUEUED:
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
        await replay(self.js, socket)
        if self._breaks == breaks:  # else a catch_up follows
            socket.paused = False

    def _remember(self, event: JobEvent) -> bool:
        """Whether it may be so: a job that has ended runs only after it was queued again."""
        last = self._last.get(event.job_id)
        if last is not None and last.status in FINAL and event.status == JobStatus.RUNNING:
            return False
        self._last[event.job_id] = Heard(event.status, event.progress, event.step, event.steps)
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
        last = (await self.js.stream_info(EVENTS)).state.last_seq
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
                await replay(self.js, socket)
            if self._breaks == breaks:  # else another catch_up follows
                socket.paused = False

        behind = [socket for sockets in self._sockets.values() for socket in sockets if socket.paused]
        await asyncio.gather(*(one(socket) for socket in behind))
