"""Who is alive, as many ask at once while heartbeats come and go."""

import asyncio
from datetime import UTC, datetime

import nats

from schemas.workers import BUCKET, WorkerInfo, worker_key
from streams.kv.heartbeat import alive
from streams.provision import provision


def _info(instance):
    now = datetime.now(UTC)
    return WorkerInfo(
        service="weaver", instance=instance, engine="simulated", engine_reason="asked for", preview=True,
        device="cpu", started_at=now, at=now,
    )  # fmt: skip


async def test_everybody_who_asks_is_told_of_every_worker_that_is_there(nats_url):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await provision(js)
    assert await alive(js) == []
    bucket = await js.key_value(BUCKET)
    for instance in ("one", "two"):
        await bucket.put(worker_key("weaver", instance), _info(instance).model_dump_json().encode())
    await bucket.put("weaver.nonsense", b"{}")

    async def names():
        return sorted(info.instance for info in await alive(js))

    assert await asyncio.gather(*(names() for _ in range(50))) == [["one", "two"]] * 50
    await bucket.delete(worker_key("weaver", "one"))
    assert await names() == ["two"]
    await client.close()
