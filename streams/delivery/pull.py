"""The consume loop of our pull subscribers: takes what there is room for, one task a message.

FastStream 0.7.8's own loop runs a fetch to its end before the next one, dies on one of the two timeout errors
that nats-py raises, and spins when the connection is closed for good. So each subscriber keeps its handler,
middlewares and place in the AsyncAPI document, and this loop takes the place of its private `_consume_pull`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
import nats.js.errors
from faststream.nats.subscriber.usecases import PullStreamSubscriber
from nats.aio.msg import Msg

log = logging.getLogger(__name__)

#: How long one pull request waits at the server. Short, so that a stop never waits long for it.
IDLE_SECONDS = 1.0
#: Pause after a fetch that failed or came back empty at once: a consumer that is gone must not cost a core.
_PAUSE = 1.0

#: How many more messages may be fetched now, of a loop that holds that many.
Room = Callable[[int], Awaitable[int]]
GiveBack = Callable[[Msg], Awaitable[None]]


class PullLoop:
    """Feeds one subscriber. Make it before the broker starts; ``stop`` it before the broker stops."""

    def __init__(self, subscriber: PullStreamSubscriber, room: Room, give_back: GiveBack = Msg.nak) -> None:
        """``room(held)`` is asked at each round; after 0 again when a message was settled, or at ``wake``.

        ``give_back`` has what a last fetch brings while the loop stops.
        """
        if not hasattr(subscriber, "_consume_pull"):
            raise TypeError("this FastStream has no _consume_pull to replace: use the pinned version")
        self._subscriber = subscriber
        self._room = room
        self._give_back = give_back
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._freed = asyncio.Event()
        self._tasks: set[asyncio.Future[Any]] = set()
        self.failures = 0  # fetches that failed in a row
        subscriber._consume_pull = self._consume  # type: ignore[method-assign]

    @property
    def held(self) -> int:
        """Messages taken and not settled yet."""
        return len(self._tasks)

    def wake(self) -> None:
        """There may be room again."""
        self._freed.set()

    async def stop(self) -> None:
        """Fetch no more; what a last fetch brings is given back at once. Messages in work go on."""
        self._stopping.set()
        self._freed.set()
        if self._subscriber.subscription is not None:
            await asyncio.wait_for(self._ended.wait(), IDLE_SECONDS + 5)

    async def join(self, timeout: float) -> None:  # noqa: ASYNC109
        """Wait until every message taken has been settled; cancel what is left after ``timeout`` seconds."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _consume(self, cb: Callable[[Msg], Awaitable[Any]]) -> None:
        self._ended.clear()
        try:
            while not self._stopping.is_set():
                room = await self._wait_for_room()
                if room:
                    await self._round(cb, room)
        finally:
            self._ended.set()

    async def _wait_for_room(self) -> int:
        """How many messages to fetch now; 0 when told to stop meanwhile."""
        while not self._stopping.is_set():
            self._freed.clear()
            room = await self._room(len(self._tasks))
            if room > 0:
                return room
            await self._freed.wait()
        return 0

    async def _round(self, cb: Callable[[Msg], Awaitable[Any]], room: int) -> None:
        subscription = self._subscriber.subscription
        assert subscription is not None
        began = time.monotonic()
        try:
            messages = await subscription.fetch(room, timeout=IDLE_SECONDS)
        except TimeoutError:  # nats-py raises its own subclass or the plain one
            self.failures = 0
            return
        except (nats.errors.Error, nats.js.errors.Error) as error:
            await self._complain(str(error) or type(error).__name__)
            return
        if not messages and time.monotonic() - began < IDLE_SECONDS / 2:
            # Not the end of a wait but a 409: the consumer was deleted, or changed under the request.
            await self._complain("the server ended the pull request")
            return
        self.failures = 0
        for message in messages:
            if self._stopping.is_set():
                await self._give_back(message)
                continue
            task = asyncio.ensure_future(cb(message))
            self._tasks.add(task)
            task.add_done_callback(self._release)

    def _release(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        self._freed.set()

    async def _complain(self, why: str) -> None:
        self.failures += 1
        log.warning("cannot fetch from %s: %s", self._subscriber.subject.template, why)
        try:
            await asyncio.wait_for(self._stopping.wait(), _PAUSE)
        except TimeoutError:
            return
