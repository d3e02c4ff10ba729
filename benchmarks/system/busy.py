"""How busy the device is while there is a backlog: the worker's stages overlapping, and one after the other."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from nats.js import JetStreamContext
from PIL import Image

from benchmarks.system.servers import servers
from inference.engine import Progress, TryOnItem, TryOnPicture, no_progress
from inference.engines.simulated import SimulatedEngine
from inference.pictures import encode_jpeg
from schemas import policy
from schemas.ids import new_id, new_job_id
from schemas.jobs.base import Lane
from schemas.jobs.try_on import SPEC, TryOnRequest, TryOnResult
from services.settings import NatsSettings, StorageSettings
from services.storage import ObjectStore, open_store
from services.worker.app import run_worker
from services.worker.decode.decoder import open_decoder
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams import subjects
from streams.publish import publish

_PICTURES = 8
_BYTES = 300_000


class TimedEngine(SimulatedEngine):
    """Takes ``seconds`` a batch, notes when, and gives each person's picture back, so that results are as large."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds, 0.0)
        self.passes: list[tuple[float, float, int]] = []

    def run(self, batch: Sequence[Any], progress: Progress, /) -> Sequence[Any]:
        began = time.perf_counter()
        super().run(batch, progress)
        self.passes.append((began, time.perf_counter(), len(batch)))
        return [TryOnPicture(item.person) for item in batch]

    def figures(self, jobs: int) -> dict[str, float]:
        """From the first pass (the warm-up's left out) to the last one's end."""
        passes = self.passes
        whole = passes[-1][1] - passes[0][0]
        return {
            "passes": len(passes),
            "mean_batch": round(jobs / len(passes), 2),
            "busy": round(sum(end - began for began, end, _ in passes) / whole, 4),
            "jobs_per_s": round(jobs / whole, 2),
        }


async def measure(jobs: int, seconds: float, batch: int) -> dict[str, dict[str, float]]:
    """The share of the time that the device was busy, pipelined and not, in one run on the same servers."""
    found = {}
    async with servers() as (url, js, storage), open_store(storage) as store:
        user, keys = new_id(), []
        for number in range(_PICTURES):
            keys.append(f"users/{user}/uploads/{new_id()}.jpg")
            await store.put(keys[-1], _picture(number), "image/jpeg")
        bucket = await js.key_value(policy.BUCKET)
        await bucket.put(policy.pin_key(policy.BATCH_SIZE), str(batch).encode())
        await bucket.put(policy.pin_key(policy.WINDOW_MS), b"0" if batch == 1 else b"500")
        for name in ("pipelined", "one after the other"):
            await _fill(js, user, keys, jobs)
            device = TimedEngine(seconds)
            if name == "pipelined":
                await _pipelined(device, js, url, storage)
            else:
                await _in_turn(device, js, store, batch)
            found[name] = device.figures(jobs)
    return found


async def _pipelined(device: TimedEngine, js: JetStreamContext, url: str, storage: StorageSettings) -> None:
    stop = asyncio.Event()
    settings = WorkerSettings()
    nats_settings = NatsSettings(nats_url=url)
    worker = asyncio.create_task(
        run_worker([Engaged(HANDLERS[SPEC.kind], device, "measured")], settings, nats_settings, storage, stop)
    )
    try:
        await _until_empty(js, worker)
    finally:
        stop.set()
        await worker
    device.passes.pop(0)  # the warm-up's


async def _in_turn(device: TimedEngine, js: JetStreamContext, store: ObjectStore, batch: int) -> None:
    """What a simple worker does: fetch, download, decode, run, encode, upload, publish, acknowledge; then again."""
    handler = HANDLERS[SPEC.kind]
    pulling = await js.pull_subscribe_bind(durable=SPEC.durable(), stream=SPEC.stream)

    async with open_decoder(2) as decoder:
        await decoder.warm_up()

        async def fetch(key: str, _name: str) -> Image.Image:
            return await decoder.decode(await store.get(key, 10**8))

        async def finish(request: TryOnRequest, picture: Any, message: Any) -> None:
            objects, _ = await asyncio.to_thread(handler.finish, picture, {})
            keys = {output.name: output.key(request.user_id, request.job_id) for output in SPEC.outputs}
            for output in SPEC.outputs:
                if output.name in objects:
                    await store.put(keys[output.name], objects[output.name], output.content_type)
            result = TryOnResult(
                **request.model_dump(include={"job_id", "user_id", "vton_id", "task_token"}),
                status="completed", queued_ms=0,
                result_s3_key=keys["picture"], inference_ms=0, batch_size=batch, engine="simulated", attempt=1,
                worker="simple", at=datetime.now(UTC),
            )  # fmt: skip
            await publish(js, subjects.result(request.user_id, request.job_id), result, request.job_id)
            await message.ack_sync(timeout=5)

        while True:
            try:
                messages = await pulling.fetch(batch, timeout=2)
            except TimeoutError:
                return
            requests = [TryOnRequest.model_validate_json(message.data) for message in messages]
            items: list[TryOnItem] = await asyncio.gather(
                *(handler.prepare(request, fetch, policy.WeaverPolicy()) for request in requests)
            )
            made = await asyncio.to_thread(device.run, items, no_progress)
            await asyncio.gather(*map(finish, requests, made, messages))


async def _until_empty(js: JetStreamContext, worker: asyncio.Task[None]) -> None:
    async with asyncio.timeout(600):
        while (await js.stream_info(SPEC.stream)).state.messages:
            if worker.done():
                await worker
            await asyncio.sleep(0.1)


async def _fill(js: JetStreamContext, user: str, keys: Sequence[str], jobs: int) -> None:
    for number in range(jobs):
        request = TryOnRequest(
            job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
            user_snap_s3=keys[number % len(keys)], garment_s3=keys[(number + 1) % len(keys)],
        )  # fmt: skip
        await publish(js, SPEC.request_subject(Lane.STANDARD), request, request.job_id)


def _picture(seed: int) -> bytes:
    """A JPEG of about 300 kB and 0.8 megapixels, as a phone's photograph scaled for upload is."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (128, 96, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((768, 1024), Image.Resampling.BICUBIC), dtype=np.int16)
    for grain in range(2, 60, 2):
        noise = rng.integers(-grain, grain + 1, smooth.shape)
        body = encode_jpeg(Image.fromarray(np.clip(smooth + noise, 0, 255).astype(np.uint8)))
        if len(body) >= _BYTES:
            return body
    return body
