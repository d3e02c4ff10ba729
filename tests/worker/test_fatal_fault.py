"""A device that failed takes its worker's process with it, and the job goes to the next worker."""

import asyncio
import dataclasses
from datetime import UTC, datetime

import nats
import pytest
from engines_told import told
from PIL import Image

from inference.engine import TryOnItem
from inference.errors import EngineFatal
from inference.pictures import encode_jpeg
from inference.registry import create
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.try_on import TryOnRequest
from services.settings import NatsSettings
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams.provision import provision


class Faulty:
    """An engine whose device fails at the first job after its warm-up."""

    def __init__(self) -> None:
        self._engine, _ = create("try_on", "simulated", told(simulated_a=0.0, simulated_b=0.0))
        self.info = dataclasses.replace(self._engine.info, name="faulty")
        self.passes = 0

    def load(self) -> None:
        self._engine.load()

    def example(self) -> TryOnItem:
        return self._engine.example()

    def bucket(self, item, /):
        return self._engine.bucket(item)

    def run(self, batch, progress, /):
        self.passes += 1
        if self.passes > 1:
            raise EngineFatal("the GPU failed: CUDA error: an illegal memory access was encountered")
        return self._engine.run(batch, progress)


async def test_the_worker_ends_and_another_one_does_the_job(nats_url, storage_settings):
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await provision(js)
    ended = asyncio.get_running_loop().create_future()

    async def note(message):
        update = update_adapter.validate_json(message.data)
        if update.status != "running" and not ended.done():
            ended.set_result(update)

    await client.subscribe("results.>", cb=note)
    settings, place = WorkerSettings(drain_seconds=10), NatsSettings(nats_url=nats_url)

    def worker(engine, stop):
        return run_worker(
            [Engaged(HANDLERS["try_on"], engine, "test")], settings, place, storage_settings, stop
        )

    faulty = Faulty()
    first = asyncio.create_task(worker(faulty, asyncio.Event()))
    user = new_id()
    async with open_store(storage_settings) as store:
        key = f"users/{user}/uploads/{new_id()}.jpg"
        await store.put(key, encode_jpeg(Image.new("RGB", (96, 128), "navy")), "image/jpeg")
        request = TryOnRequest(
            job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
            user_snap_s3=key, garment_s3=key,
        )  # fmt: skip
        await js.publish("tryon.requests.standard", request.model_dump_json().encode())
        with pytest.raises(EngineFatal, match="illegal memory access"):
            await asyncio.wait_for(first, 60)  # services.runner turns it into an exit code
        assert faulty.passes == 2 and not ended.done()
        sound, _ = create("try_on", "simulated", told(simulated_a=0.0, simulated_b=0.0))
        stop = asyncio.Event()
        second = asyncio.create_task(worker(sound, stop))
        result = await asyncio.wait_for(ended, 60)
        assert (result.job_id, result.status, result.engine) == (request.job_id, "completed", "simulated")
        assert (
            result.attempt >= 2
        )  # what the worker that ends gave back may have come to its last fetch once more
        stop.set()
        await asyncio.wait_for(second, 60)
    await client.close()
