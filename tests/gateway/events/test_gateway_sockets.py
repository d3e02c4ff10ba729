"""Any replica serves any user; what was missed is replayed; the slow are dropped."""

import asyncio
import json
import uuid

import pytest
from exposition import number
from prometheus_client import Counter, Gauge
from socket_events import next_event
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas.events import JobEvent, JobProgress
from schemas.ids import new_job_id
from services.gateway.events.publish import announce
from services.gateway.sockets.connection import QUEUE, SLOW, Socket
from services.gateway.sockets.hub import Hub
from services.gateway.sockets.replay import replay


async def _events(socket, count):
    async with asyncio.timeout(60):
        return [await next_event(socket) for _ in range(count)]


async def test_a_socket_on_one_replica_hears_of_a_post_to_another(site, join):
    async with site.gateway() as first, site.gateway() as second:
        ada, bob = await join(first), await join(first)
        await ada.prepare()
        async with await ada.socket(url=second) as mine, await bob.socket(url=second) as others:
            job = await ada.try_on()
            await site.ended(await site.request())
            queued, completed = await _events(mine, 2)
            assert (queued["status"], completed["status"]) == ("queued", "completed")
            assert queued["job_id"] == completed["job_id"] == job
            await bob.prepare()
            his = await bob.try_on()
            (heard,) = await _events(others, 1)
            assert heard["job_id"] == his, "of Ada's he was told nothing"
            assert await number(first, "proteus_sockets") == 0


async def test_since_replays_what_was_missed_without_gap_or_repeat(shopper, site):
    async with await shopper.socket() as socket:
        await shopper.try_on()
        await site.ended(await site.request())
        first, second = await _events(socket, 2)
    assert first["seq"] < second["seq"]
    async with await shopper.socket(since=first["seq"]) as socket:
        assert await _events(socket, 1) == [second]
        await shopper.try_on()
        (live,) = await _events(socket, 1)
        assert live["seq"] > second["seq"]
    async with await shopper.socket(since=0) as socket:
        assert [event["seq"] for event in await _events(socket, 3)] == [
            first["seq"],
            second["seq"],
            live["seq"],
        ]


async def test_progress_is_passed_on_and_remembered(shopper, site):
    job = await shopper.try_on()
    request = await site.request()
    async with await shopper.socket() as socket:
        await site.started(request)
        await _events(socket, 1)
        told = JobProgress(
            job_id=job, job_type="try_on", user_id=shopper.id, vton_id=shopper.vton, task_token=request.task_token,
            progress=0.4, step=12, steps=30, at=request.created_at,
        )  # fmt: skip
        await site.client.publish(f"live.progress.{shopper.id}", told.model_dump_json().encode())
        await site.client.publish(f"live.progress.{shopper.id}", b"nonsense")
        (heard,) = await _events(socket, 1)
        seen = (await shopper.http.get(f"/jobs/{job}")).json()
        await site.ended(request)
        await _events(socket, 1)
        ended = (await shopper.http.get(f"/jobs/{job}")).json()
    assert (heard["type"], heard["seq"]) == ("progress", None)
    assert [(told["progress"], told["step"], told["steps"]) for told in (heard, seen)] == [(0.4, 12, 30)] * 2
    assert (ended["progress"], ended["step"], ended["steps"]) == (1.0, None, None)


@pytest.mark.parametrize("since", ["soon", "-1", "1.5", "", str(2**63)])
async def test_a_since_that_is_no_number_closes_with_a_reason_and_costs_no_token(url, join, since):
    ada = await join(url)
    token = (await ada.http.get("/user/ws-token")).json()["token"]
    base = f"{url.replace('http', 'ws', 1)}/ws?token={token}"
    async with connect(f"{base}&since={since}", open_timeout=60, proxy=None) as socket:
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(socket.recv(), 60)
    assert socket.close_code == 4400 and "since" in socket.close_reason
    async with connect(f"{base}&since=0", open_timeout=60, proxy=None) as socket:
        await (await socket.ping())


async def test_sockets_are_sent_away_when_the_replica_stops(site, join):
    async with site.gateway() as url:
        ada = await join(url)
        socket = await ada.socket()
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    assert socket.close_code == 1012


async def test_a_slow_reader_is_dropped_and_costs_no_one_else(nats_url):
    socket = Socket("someone", "a sign-in")
    event = JobEvent(
        type="status", job_id="job_01a1fb76-2e3e-711a-9500-83e450476a7c", job_type="try_on",
        user_id="01a1fb76-2e3e-711a-9500-83e450476a7c", vton_id=None, status="queued", at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    for sequence in range(1, QUEUE + 1):
        socket.offer(event.model_copy(update={"seq": sequence}))
    assert not socket.closing.done()
    socket.offer(event)  # progress is not worth dropping anyone for
    assert not socket.closing.done()
    socket.offer(event.model_copy(update={"seq": QUEUE + 1}))
    assert socket.closing.result() == SLOW


async def test_an_event_that_was_stored_but_never_republished_is_heard(site, shopper):
    """As when a stream's leader dies between the two: the next event brings it, in order."""
    user = shopper.id
    async with await shopper.socket(since=0) as socket:
        await shopper.try_on()
        first = await asyncio.wait_for(next_event(socket), 60)
        config = (await site.js.stream_info("EVENTS")).config
        await site.js.update_stream(config.evolve(republish=None))
        silent = {**first, "job_id": new_job_id(), "seq": None}
        ack = await site.js.publish(f"events.{user}", json.dumps(silent).encode())
        await site.js.update_stream(config)
        job = await shopper.try_on()
        heard = [await asyncio.wait_for(next_event(socket), 60) for _ in range(2)]
    assert [event["job_id"] for event in heard] == [silent["job_id"], job]
    assert heard[0]["seq"] == ack.seq


class _StopsAt:
    """A JetStream context whose answers about one sequence and those after it wait until they may go on."""

    def __init__(self, js, sequence):
        self._js, self._sequence = js, sequence
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._js, name)

    async def get_msg(self, stream, seq, **more):
        if seq >= self._sequence:
            self.reached.set()
            await self.go_on.wait()
        return await self._js.get_msg(stream, seq=seq, **more)


async def test_a_socket_that_still_replays_when_nats_comes_back_hears_each_event_once(site):
    """Its second replay begins where the first one ends: an older event told late would bring an end again."""
    user = str(uuid.uuid4())
    story = [("a", "queued"), ("a", "running"), ("a", "completed"), ("b", "queued"), ("b", "completed")]
    jobs = {name: new_job_id() for name, _ in story}
    stored = []
    for name, status in story:
        event = JobEvent(
            type="status", job_id=jobs[name], job_type="try_on", user_id=user, vton_id=None, status=status,
            at="2026-01-01T00:00:00Z",
        )  # fmt: skip
        body = event.model_dump_json().encode()
        stored.append(await announce(site.client, site.js, user, body, f"{name} {status}", {}))
    js = _StopsAt(site.js, stored[2])
    hub = Hub(js, Gauge("open", "", registry=None), Counter("sent", "", registry=None), lambda _: True)
    socket = Socket(user, "a sign-in", replaying=True)
    hub.join(socket)
    first = asyncio.create_task(replay(js, socket, 0))
    async with asyncio.timeout(60):
        await js.reached.wait()
        hub.pause()  # the connection to NATS broke, and is there again
        second = asyncio.create_task(hub.catch_up())
        for _ in range(3):  # as many answers as a second replay would have had before its first event
            await site.js.stream_info("EVENTS")
        js.go_on.set()
        await asyncio.gather(first, second)
    told = [json.loads(socket.queue.get_nowait()) for _ in range(socket.queue.qsize())]
    assert [event["seq"] for event in told] == stored
    assert not socket.behind
    assert socket.last == stored[-1]


async def test_an_event_whose_publishing_had_to_be_repeated_is_told_again(site, shopper):
    """The repeat is not stored, and the stream says nothing of it; sockets that had it hear it once."""
    user, heard = shopper.id, []
    async with await shopper.socket(since=0) as socket:
        await shopper.try_on()
        heard.append(await asyncio.wait_for(next_event(socket), 60))
        config = (await site.js.stream_info("EVENTS")).config
        await site.js.update_stream(config.evolve(republish=None))
        event = {**heard[0], "job_id": new_job_id(), "seq": None}
        body = json.dumps(event).encode()
        await site.js.publish(f"events.{user}", body, headers={"Nats-Msg-Id": "once"})
        await site.js.update_stream(config)
        for _ in range(2):
            await announce(site.client, site.js, user, body, "once", {})
        job = await shopper.try_on()
        heard += [await asyncio.wait_for(next_event(socket), 60) for _ in range(2)]
    assert [told["job_id"] for told in heard[1:]] == [event["job_id"], job]


async def test_a_last_event_that_was_never_republished_is_heard(site, shopper):
    """No later event brings it: the gateway asks the stream."""
    async with await shopper.socket(since=0) as socket:
        await shopper.try_on()
        first = await asyncio.wait_for(next_event(socket), 60)
        config = (await site.js.stream_info("EVENTS")).config
        await site.js.update_stream(config.evolve(republish=None))
        silent = {**first, "job_id": new_job_id(), "seq": None}
        await site.js.publish(f"events.{shopper.id}", json.dumps(silent).encode())
        await site.js.update_stream(config)
        assert (await asyncio.wait_for(next_event(socket), 60))["job_id"] == silent["job_id"]
