"""Long batches on a busy machine: is any job handed out a second time while its worker is alive?"""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from PIL import Image

from benchmarks.system.memory import worker
from benchmarks.system.servers import servers
from schemas import policy
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.base import Lane
from schemas.jobs.try_on import SPEC, TryOnRequest
from schemas.objects import upload_key
from services.storage import open_store
from streams.publish import publish
from streams.topology import ACK_WAIT_SECONDS, IN_PROGRESS_SECONDS

_BATCH = 8


async def measure(jobs: int, seconds: float, weavers: int) -> dict[str, float]:
    """``jobs`` through so many weavers, in passes of eight that take ``seconds`` each, beside a core that is busy."""
    user, ended = new_id(), dict[str, tuple[str, int]]()
    Image.new("RGB", (96, 128), "white").save(picture := BytesIO(), "JPEG")

    async def note(message: Msg) -> None:
        update = update_adapter.validate_json(message.data)
        if update.status != "running":
            ended[update.job_id] = (update.status, update.attempt)

    async with servers() as (url, js, storage), contextlib.AsyncExitStack() as stack:
        keys = [upload_key(user, "image/jpeg") for _ in range(2)]
        async with open_store(storage) as store:
            for key in keys:
                await store.put(key, picture.getvalue(), "image/jpeg")
        bucket = await js.key_value(policy.BUCKET)
        await bucket.put(policy.pin_key(policy.BATCH_SIZE), str(_BATCH).encode())
        await js.subscribe(f"results.{user}.*", cb=note, ordered_consumer=True)
        engine = {
            "PROTEUS_ENGINE": "simulated",
            "PROTEUS_SIMULATED_A": str(seconds),
            "PROTEUS_SIMULATED_B": "0",
        }
        for _ in range(weavers):
            await stack.enter_async_context(worker(SPEC, url, js, storage, engine))
        with _busy_core():
            began = time.perf_counter()
            for _ in range(jobs):
                request = TryOnRequest(
                    job_id=new_job_id(), user_id=user, vton_id=new_id(), created_at=datetime.now(UTC),
                    user_snap_s3=keys[0], garment_s3=keys[1],
                )  # fmt: skip
                await publish(js, SPEC.request_subject(Lane.STANDARD), request, request.job_id)
            async with asyncio.timeout(300 + 3 * seconds * jobs / _BATCH / weavers):
                while len(ended) < jobs:  # noqa: ASYNC110  other processes
                    await asyncio.sleep(0.1)
            took = time.perf_counter() - began
        again = await _redelivered(js)
    return {
        "jobs": jobs,
        "seconds_of_a_pass": seconds,
        "weavers": weavers,
        "took_s": round(took),
        "ack_wait_s": ACK_WAIT_SECONDS,
        "beat_s": IN_PROGRESS_SECONDS,
        "handed_out_again": max(again, sum(attempt > 1 for _, attempt in ended.values())),
        "not_completed": sum(status != "completed" for status, _ in ended.values()),
    }


async def _redelivered(js: JetStreamContext) -> int:
    """Messages that the consumer gave out more than once and that are not acknowledged yet: none, at the end."""
    return (await js.consumer_info(SPEC.stream, SPEC.durable(Lane.STANDARD))).num_redelivered or 0


@contextlib.contextmanager
def _busy_core() -> Iterator[None]:
    with tempfile.TemporaryFile() as nothing:
        process = subprocess.Popen([sys.executable, "-c", "while True: pass"], stdout=nothing, stderr=nothing)
        try:
            yield
        finally:
            process.kill()
            process.wait()
