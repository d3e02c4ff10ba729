"""A publish ends in a stored message or an error, and is never stored twice."""

import asyncio

import nats
import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from schemas.ids import new_job_id
from schemas.jobs.base import Cancellation
from services.embedded.nats import start_nats
from streams.connection import connect
from streams.publish import StreamFull, StreamUnavailable, publish

MESSAGE = Cancellation(job_id=new_job_id())


async def test_a_repeat_with_the_same_id_is_dropped(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await js.add_stream(name="S", subjects=["s"])
    first = await publish(js, "s", MESSAGE, "one")
    again = await publish(js, "s", MESSAGE, "one", headers={"traceparent": "00-a-b-01"})
    assert again.duplicate and again.seq == first.seq
    stored = await js.get_msg("S", first.seq)
    assert stored.headers["content-type"] == "application/json"
    assert Cancellation.model_validate_json(stored.data) == MESSAGE
    await client.close()


async def test_a_full_stream_is_an_error_of_its_own(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await js.add_stream(StreamConfig(name="S", subjects=["s"], max_msgs=1, discard=DiscardPolicy.NEW))
    await publish(js, "s", MESSAGE, "one")
    with pytest.raises(StreamFull):
        await publish(js, "s", MESSAGE, "two")
    await client.close()


async def test_waits_for_a_server_that_comes_back_and_gives_up_on_one_that_does_not(tmp_path):
    server = await start_nats(tmp_path, tmp_path, port=0)
    port = int(server.url.rsplit(":", 1)[1])
    client = await connect([server.url], "test")
    js = client.jetstream(timeout=60)
    await js.add_stream(name="S", subjects=["s"])
    await server.child.stop()
    with pytest.raises(StreamUnavailable):
        await publish(js, "s", MESSAGE, "lost", timeout=0.5)
    waiting = asyncio.create_task(publish(js, "s", MESSAGE, "kept", timeout=60))
    server = await start_nats(tmp_path, tmp_path, port=port)
    ack = await asyncio.wait_for(waiting, 60)
    assert ack.stream == "S"
    # What timed out above may have been sent on reconnect; publishing it again cannot double it.
    await publish(js, "s", MESSAGE, "lost", timeout=60)
    assert (await js.stream_info("S")).state.messages == 2
    await client.close()
    await server.child.stop()
