"""Peak memory of a worker, with its decoders, over the worst pictures that are accepted; and how long each takes."""

import asyncio
import io
import os
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from struct import pack

import psutil
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from PIL import Image

from benchmarks.system.servers import servers
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.base import JobSpec, Lane
from schemas.jobs.tailor import SPEC as TAILOR
from schemas.jobs.tailor import TailorRequest
from schemas.jobs.try_on import SPEC as TRY_ON
from schemas.jobs.try_on import TryOnRequest
from schemas.pictures import MAX_PIXELS
from services.embedded.process import spawn
from services.settings import StorageSettings
from services.storage import open_store
from streams.kv.heartbeat import alive
from streams.publish import publish

_SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
_EVERY_SECONDS = 0.02
_PHONE = (7000, 7000)  # 49 megapixels
_LARGEST = (16384, MAX_PIXELS // 16384)


async def measure(jobs: int, told: Callable[[str], None]) -> dict[str, dict[str, float]]:
    """By worker and kind of picture: the peak in MiB, seconds of processor and of waiting, and how many failed.

    ``told`` hears what is measured next: all of it takes minutes.
    """
    found: dict[str, dict[str, float]] = {}
    async with servers() as (url, js, storage):
        for spec in (TAILOR, TRY_ON):
            for name, (count, make) in _pictures(jobs).items():
                told(f"{spec.pool.name}, {name}")
                found[f"{spec.pool.name}, {name}"] = await _one(spec, count, make, url, js, storage)
    return found


def _pictures(jobs: int) -> dict[str, tuple[int, Callable[[str], bytes]]]:
    return {
        f"{jobs} of 49 MP, JPEG": (jobs, lambda sample: _encoded(sample, _PHONE, "JPEG", quality=92)),
        f"{jobs} of 49 MP, progressive": (
            jobs,
            lambda sample: _encoded(sample, _PHONE, "JPEG", progressive=True),
        ),
        f"{jobs} of 49 MP, PNG": (jobs, lambda sample: _encoded(sample, _PHONE, "PNG", compress_level=1)),
        "2 of 49 MP, WebP": (2, lambda sample: _encoded(sample, _PHONE, "WEBP", method=0)),
        "2 of 201 MP, JPEG": (2, lambda sample: _encoded(sample, _LARGEST, "JPEG")),
        "2 of 201 MP, PNG": (2, lambda _sample: flat_png(_LARGEST)),
    }


def _encoded(sample: str, size: tuple[int, int], kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.open(_SAMPLES / sample).resize(size, Image.Resampling.BILINEAR).save(buffer, kind, **options)
    return buffer.getvalue()


def flat_png(size: tuple[int, int]) -> bytes:
    """White with a blue box in the middle, RGB, made row by row."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    width, height = size
    side = width // 4
    outside = b"\0" + b"\xff" * (3 * width)
    inside = b"\0" + b"\xff" * (3 * side) + b"\x20\x30\x90" * (width - 2 * side) + b"\xff" * (3 * side)
    packer = zlib.compressobj(1)
    rows = b"".join(
        packer.compress(inside if height // 4 < row < height - height // 4 else outside)
        for row in range(height)
    )
    head = chunk(b"IHDR", pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows + packer.flush()) + chunk(b"IEND", b"")


async def _one(
    spec: JobSpec,
    jobs: int,
    make: Callable[[str], bytes],
    url: str,
    js: JetStreamContext,
    storage: StorageSettings,
) -> dict[str, float]:
    user, ended = new_id(), dict[str, tuple[float, str]]()

    async def note(message: Msg) -> None:
        update = update_adapter.validate_json(message.data)
        if update.status != "running":
            ended[update.job_id] = (time.perf_counter(), update.status)

    async with open_store(storage) as store:
        keys = []
        for sample in ("person.jpg", "shirt.jpg"):
            keys.append(f"users/{user}/uploads/{new_id()}.jpg")
            await store.put(keys[-1], await asyncio.to_thread(make, sample), "image/jpeg")
    listening = await js.subscribe(f"results.{user}.*", cb=note, ordered_consumer=True)
    engines = {"PROTEUS_TAILOR_ENGINE": "grabcut", "PROTEUS_ENGINE": "warp"}
    async with worker(spec, url, js, storage, engines) as process:
        peak, watching, before = [0.0], asyncio.Event(), _spent(process)
        watcher = asyncio.create_task(_watch(process, peak, watching))
        asked: dict[str, float] = {}
        for _ in range(jobs):
            about = {
                "job_id": new_job_id(),
                "user_id": user,
                "vton_id": new_id(),
                "created_at": datetime.now(UTC),
            }
            request = (
                TailorRequest(**about, uncleaned_outfit_s3=keys[1])
                if spec is TAILOR
                else TryOnRequest(**about, user_snap_s3=keys[0], garment_s3=keys[1])
            )
            asked[request.job_id] = time.perf_counter()
            await publish(js, spec.request_subject(Lane.STANDARD), request, request.job_id)
        async with asyncio.timeout(600):
            while len(ended) < jobs:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.02)
        watching.set()
        await watcher
        cpu = _spent(process) - before
    await listening.unsubscribe()
    return {
        "peak_mib": round(peak[0]),
        "cpu_s_each": round(cpu / jobs, 1),
        "last_s": round(max(ended[job][0] - at for job, at in asked.items()), 1),
        "each_s": round(max(ended[job][0] - at for job, at in asked.items()) / jobs, 2),
        "failed": sum(status != "completed" for _, status in ended.values()),
    }


@asynccontextmanager
async def worker(
    spec: JobSpec, url: str, js: JetStreamContext, storage: StorageSettings, engines: Mapping[str, str]
) -> AsyncIterator[psutil.Process]:
    """A worker of the kind's pool with these variables, until the block ends."""
    environment: Mapping[str, str] = {
        **os.environ,
        "NATS_URL": url,
        "S3_ENDPOINT_URL": storage.s3_endpoint_url,
        "S3_BUCKET": storage.s3_bucket,
        "AWS_ACCESS_KEY_ID": storage.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
        **engines,
    }
    with tempfile.TemporaryDirectory() as logs:
        before = {worker.instance for worker in await alive(js)}
        child = await spawn(
            spec.pool.name,
            [sys.executable, "-m", "services.cli", spec.pool.name],
            Path(logs) / "log",
            environment,
        )
        try:
            async with asyncio.timeout(120):
                while not {worker.instance for worker in await alive(js)} - before:  # noqa: ASYNC110  another process
                    await asyncio.sleep(0.1)
            yield psutil.Process(child.process.pid)
        finally:
            await child.stop()


async def _watch(process: psutil.Process, peak: list[float], end: asyncio.Event) -> None:
    """The most that the process and its children held together, in MiB, what they share counted once."""
    while not end.is_set():
        peak[0] = max(peak[0], await asyncio.to_thread(_held, process))
        await asyncio.sleep(_EVERY_SECONDS)


def _spent(process: psutil.Process) -> float:
    """Seconds of processor time of a process and its children so far, those that have ended among them."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.Error:  # it has just ended
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _held(process: psutil.Process) -> float:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            memory = one.memory_full_info()
        except psutil.Error:  # it has just ended
            continue
        # Linux alone divides what is shared among those that share it.
        total += getattr(memory, "pss", memory.uss)
    return total / 2**20
