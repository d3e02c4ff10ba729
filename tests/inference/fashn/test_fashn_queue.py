"""FASHN VTON as the weaver's engine, from requests on JetStream to JPEGs in S3."""

import asyncio
import io
import re
import threading
from collections.abc import Hashable
from datetime import UTC, datetime
from pathlib import Path

import nats
import numpy as np
from engines_told import told
from loopback import http_client
from PIL import Image

from inference.engine import Compilation, TryOnItem
from inference.engines.tryon.fashn.engine import Fashn
from inference.options import DiffusionOptions
from inference.pictures import encode_jpeg
from inference.registry import create
from schemas import policy
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.try_on import GarmentPart, TryOnParams, TryOnRequest
from services.embedded.process import free_port
from services.settings import NatsSettings
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams.provision import provision

#: Each part with the size of a photo: portrait, landscape, and a small square.
JOBS = {GarmentPart.UPPER: (90, 140), GarmentPart.LOWER: (300, 120), GarmentPart.OVERALL: (64, 64)}


class Together:
    """An engine that prepares nobody before all are there: they begin together, however slow the machine is."""

    def __init__(self, engine: Fashn, count: int) -> None:
        self.engine, self.left, self.all = engine, count, threading.Event()
        self.info, self.load, self.example, self.run = engine.info, engine.load, engine.example, engine.run

    @property
    def compilation(self) -> Compilation:
        return self.engine.compilation

    def bucket(self, item: TryOnItem, /) -> Hashable:
        self.left -= 1
        if self.left == 0:
            self.all.set()
        return self.engine.bucket(item)

    def prepare(self, item: TryOnItem, /) -> object:
        assert self.all.wait(600)
        return self.engine.prepare(item)


async def test_every_category_and_photo_size_comes_back_from_one_pass_before_the_compiler_is_done(
    weights: Path, nats_url, storage_settings
) -> None:
    _, reason = create("try_on", "auto", told(weights_dir=weights, device="cpu"))
    assert reason == "fashn is available"
    compiler_may_end = threading.Event()

    def compiler(_modules) -> None:
        assert compiler_may_end.wait(600)

    engine = Fashn(DiffusionOptions(weights_dir=weights, device="cpu", compile="regional"), compiler=compiler)
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await provision(js)
    bucket = await js.key_value(policy.BUCKET)
    await bucket.put(policy.BATCH_SIZE, b"3")
    await bucket.put(policy.WINDOW_MS, b"500")
    endings, done = {}, asyncio.Event()

    async def note(message) -> None:
        update = update_adapter.validate_json(message.data)
        if update.status != "running":
            endings[update.job_id] = update
            if len(endings) == len(JOBS):
                done.set()

    await client.subscribe("results.>", cb=note)
    stop, port = asyncio.Event(), free_port()
    user, jobs = new_id(), {}
    async with open_store(storage_settings) as store:
        for number, (part, size) in enumerate(JOBS.items()):
            noise = np.random.default_rng(number).integers(0, 256, (2, *size[::-1], 3), dtype=np.uint8)
            keys = [f"users/{user}/uploads/{new_id()}.jpg" for _ in noise]
            for key, pixels in zip(keys, noise, strict=True):
                await store.put(key, encode_jpeg(Image.fromarray(pixels)), "image/jpeg")
            request = TryOnRequest(
                job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
                user_snap_s3=keys[0], garment_s3=keys[1],
                params=TryOnParams(
                    steps=2, seed=number, garment=part, photo_type="flat_lay", own_pixels=False,
                ),
            )  # fmt: skip
            jobs[request.job_id] = part, Image.fromarray(noise[0])
            await js.publish("tryon.requests.standard", request.model_dump_json().encode())
        nats_settings = NatsSettings(nats_url=nats_url)
        worker = run_worker(
            [Engaged(HANDLERS["try_on"], Together(engine, len(JOBS)), reason)],
            WorkerSettings(probe_port=port),
            nats_settings,
            storage_settings,
            stop,
        )
        running = asyncio.create_task(worker)
        await asyncio.wait_for(done.wait(), 120)
        for job_id, (part, person) in jobs.items():
            result = endings[job_id]
            assert (result.status, result.engine, result.preview) == ("completed", "fashn", False), (
                result.error
            )
            assert (result.engine_reason, result.batch_size) == ("fashn is available", 3)
            assert (result.working_size, result.steps) == ((60, 36), 2)
            picture = Image.open(io.BytesIO(await store.get(result.result_s3_key, 2**22)))
            assert picture.size == (result.width, result.height) == person.size == JOBS[part]
            if person.width > person.height:  # beyond the portrait in its middle, the photo as it was
                before, after = (np.asarray(p, np.int16)[:, :96] for p in (person, picture))
                assert np.abs(before - after).mean() < 12  # two rounds of JPEG
        async with http_client(f"http://127.0.0.1:{port}") as http:

            async def said() -> tuple[str, str]:
                metrics = (await http.get("/metrics")).text
                ready = (await http.get("/readyz")).json()
                (counted,) = re.findall(r'compilation{kind="try_on",state="(\w+)"} 1.0', metrics)
                return ready["compilation"], counted

            assert await said() == ("compiling", "compiling"), "no job waited for it"
            compiler_may_end.set()
            assert await asyncio.to_thread(engine._networks.over.wait, 600)
            assert await said() == ("compiled", "compiled")
    stop.set()
    await asyncio.wait_for(running, 60)
    await client.close()
