"""Sockets: whichever replica they are on, nothing missed, nothing twice, nothing of others."""

import asyncio
import json

import pytest
from gateway_actors import hear
from websockets.exceptions import ConnectionClosed

from schemas.events import JobEvent
from services.gateway.sockets import QUEUE, SLOW, Socket


async def test_an_event_reaches_a_socket_on_another_replica(start, gateway, user, worker):
    other = await start()
    async with user.listen(other) as ws:
        job_id = await user.submit()
        assert (await hear(ws, "queued")).job_id == job_id
        await worker.end(await worker.take())
        assert (await hear(ws, "completed")).job_id == job_id


async def test_since_replays_what_was_missed_and_goes_on_live(gateway, user, worker):
    async with user.listen(gateway) as ws:
        await user.submit()
        first = await hear(ws, "queued")
    await worker.end(await worker.take())
    await user.until(first.job_id, "completed")
    async with user.listen(gateway, f"&since={first.seq}") as ws:
        missed = await hear(ws)
        assert (missed.job_id, missed.status) == (first.job_id, "completed")
        second = await user.submit()
        live = await hear(ws)
        assert (live.job_id, live.status) == (second, "queued")
        assert live.seq > missed.seq > first.seq


async def test_progress_is_live_only_and_shows_on_the_job(gateway, user, worker):
    await user.submit()
    request = await worker.take()
    await worker.start(request)
    await user.until(request.job_id, "running")
    async with user.listen(gateway) as ws:
        progress = {
            **{name: getattr(request, name) for name in ("job_id", "job_type", "user_id", "vton_id")},
            "type": "progress", "status": "running", "progress": 0.5, "at": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        await worker.js._nc.publish(f"live.progress.{user.id}", json.dumps(progress).encode())
        event = await hear(ws)
        assert (event.type, event.progress, event.seq) == ("progress", 0.5, None)
    assert (await user.job(request.job_id))["progress"] == 0.5


async def test_a_users_events_reach_no_one_else(gateway, user, sign_up, worker):
    other = await sign_up()
    async with user.listen(gateway) as mine, other.listen(gateway) as theirs:
        await user.submit()
        own = await other.submit()
        assert (await hear(theirs)).job_id == own
        assert (await hear(mine)).user_id == user.id


async def test_a_replica_that_goes_away_says_so(gateway, user):
    async with user.listen(gateway) as ws:
        await gateway.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(ws.recv(), 10)
    assert closed.value.rcvd.code == 1012


async def test_a_client_that_does_not_read_is_dropped():
    socket = Socket("u")
    ids = {
        "job_id": "job_01a1fb85-e553-7589-83b4-ebb22fb324ca",
        "user_id": "01a1fb85-e553-7589-83b4-ebb22fb324ca",
    }
    for seq in range(1, QUEUE + 2):
        event = {"type": "status", "job_type": "try_on", "vton_id": None, "status": "queued", "seq": seq}
        socket.offer(JobEvent.model_validate({**event, **ids, "at": "2026-01-01T00:00:00Z"}))
    assert socket.closing.result() == SLOW
