"""What one socket missed, from the stream."""

import asyncio

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from schemas.events import JobEvent
from services.gateway.sockets.connection import GOING_AWAY, SEND_SECONDS, SLOW, Socket
from streams import subjects
from streams.topology import EVENTS

_PATIENT_LOOKS = 30  # for an event that was heard of and is not found, a tenth of a second apart


async def replay(js: JetStreamContext, socket: Socket, since: int | None = None) -> None:
    """Queue what is stored for the user after ``since``, or after what was queued last; go live without a gap.

    One replay of a socket waits for another: two at once would tell events twice and in a wrong order.
    """
    async with socket.replays:
        await _replay(js, socket, socket.last if since is None else since)


async def _replay(js: JetStreamContext, socket: Socket, since: int) -> None:
    socket.replaying = True
    try:
        sequence = since
        if since and since > (await js.stream_info(EVENTS)).state.last_seq:
            # The stream was lost and begins anew: all that it holds came after what the client has.
            sequence = socket.heard = 0
        socket.last = sequence
        while not socket.closing.done():
            event = await _next(js, socket.user_id, sequence + 1)
            for _ in range(_PATIENT_LOOKS):
                if event is not None or socket.heard <= sequence:
                    break
                # Stored since that answer, or a leader just elected has not applied it. Gone when purged.
                await asyncio.sleep(0.1)
                event = await _next(js, socket.user_id, sequence + 1)
            if event is None:
                break
            assert event.seq is not None
            sequence = event.seq
            if socket.is_news(event):
                await asyncio.wait_for(socket.queue.put(event.model_dump_json()), SEND_SECONDS)
            socket.last = sequence
    except TimeoutError:
        socket.close(SLOW)
    except (nats.errors.Error, nats.js.errors.Error):
        socket.close(GOING_AWAY)  # what was missed cannot be told now: let the client come back
    finally:
        socket.replaying = False


async def _next(js: JetStreamContext, user_id: str, sequence: int) -> JobEvent | None:
    try:
        found = await js.get_msg(EVENTS, seq=sequence, subject=subjects.event(user_id), next=True)
    except NotFoundError:
        return None
    event = JobEvent.model_validate_json(found.data or b"")
    return event.model_copy(update={"seq": found.seq})
