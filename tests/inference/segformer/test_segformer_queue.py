"""SegFormer as the tailor's engine, from a request on JetStream to a PNG in S3."""

import asyncio
import io
from datetime import UTC, datetime

import nats
import numpy as np
from engines_told import told
from PIL import Image
from tiny_parser import COLOURS, PERSON, paint

from inference.pictures import encode_jpeg
from inference.registry import create
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.tailor import TailorRequest
from schemas.jobs.try_on import GarmentPart
from services.settings import NatsSettings
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams.provision import provision


async def test_two_garments_of_one_person_through_the_queue(tiny_root, nats_url, storage_settings):
    options = told(weights_dir=tiny_root, allow_licenses=frozenset({"noncommercial"}))
    engine, reason = create("tailor", "auto", options)
    client = await nats.connect(nats_url)
    js = client.jetstream(timeout=60)
    await provision(js)
    endings = {}
    done = asyncio.Event()

    async def note(message):
        update = update_adapter.validate_json(message.data)
        if update.status != "running":
            endings[update.job_id] = update
            if len(endings) == 2:
                done.set()

    await client.subscribe("results.>", cb=note)
    stop = asyncio.Event()
    worker = run_worker(
        [Engaged(HANDLERS["tailor"], engine, reason)], WorkerSettings(), NatsSettings(nats_url=nats_url),
        storage_settings, stop,
    )  # fmt: skip
    running = asyncio.create_task(worker)
    user, jobs = new_id(), {}
    async with open_store(storage_settings) as store:
        key = f"users/{user}/uploads/{new_id()}.jpg"
        await store.put(key, encode_jpeg(paint(PERSON)), "image/jpeg")
        for part in (GarmentPart.UPPER, GarmentPart.LOWER):
            request = TailorRequest(
                job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
                uncleaned_outfit_s3=key, garment=part,
            )  # fmt: skip
            jobs[request.job_id] = part
            await js.publish("tailor.requests", request.model_dump_json().encode())
        await asyncio.wait_for(done.wait(), 60)
        for job_id, part in jobs.items():
            result = endings[job_id]
            assert (result.status, result.engine, result.preview) == ("completed", "segformer", False)
            picture = Image.open(io.BytesIO(await store.get(result.result_s3_key, 2**22)))
            assert picture.mode == "RGBA" and picture.size == (result.width, result.height)
            pixels = np.asarray(picture)
            assert set(np.unique(pixels[..., 3])) >= {0, 255} and len(np.unique(pixels[..., 3])) > 2
            worn = {"upper": "Upper-clothes", "lower": "Pants"}[part]
            middle = np.median(pixels[pixels[..., 3] == 255][:, :3], axis=0)
            assert np.abs(middle - COLOURS[worn]).max() < 12
    stop.set()
    await asyncio.wait_for(running, 60)
    await client.close()
