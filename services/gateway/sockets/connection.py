"""One socket as the replica sees it: what waits for it, what it was told, and why it is to be closed."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from schemas.events import JobEvent
from schemas.jobs.base import FINAL, JobStatus

#: Messages that wait for a slow client before it is dropped.
QUEUE = 64
SLOW, BAD_TOKEN, GOING_AWAY, BAD_SINCE = 1013, 4401, 1012, 4400
#: By the code that a socket is closed with: why, and what its client does.
CLOSE_CODES = {
    BAD_SINCE: ("`since` is no number, or below 0.", "Do not try again as it is; the token was not used."),
    BAD_TOKEN: (
        "The token is unknown, used or too old, or the user has signed out.",
        "Get a new one from GET /user/ws-token; where that answers 401, sign in again.",
    ),
    GOING_AWAY: (
        "The replica stops, or cannot reach its stream.",
        "Connect again at once, with a new token and `since`: another replica answers.",
    ),
    SLOW: (
        "The client reads too slowly, has too many sockets open, or the database is away.",
        "Connect again after a few seconds, with a new token and `since`.",
    ),
}
#: How long one message may take to be sent.
SEND_SECONDS = 10.0
_ENDED_JOBS = 256  # whose end is remembered


@dataclass(eq=False)
class Socket:
    """One connection. ``last`` is the newest sequence queued, so that a replay overlaps nothing."""

    user_id: str
    session_id: str
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    last: int = 0
    heard: int = 0  # newest sequence that came while replaying
    replaying: bool = False
    replays: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by the one that reads the stream
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
