"""A worker's heartbeat in the KV bucket ``workers``: there while it lives, gone soon after."""

import asyncio
import logging
from collections.abc import Callable

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from schemas import workers
from schemas.jobs import SPECS
from schemas.workers import WorkerInfo, worker_key

log = logging.getLogger(__name__)


async def beat(
    bucket: KeyValue,
    info: Callable[[], WorkerInfo],
    works: Callable[[], bool] = lambda: True,
    every: float = workers.TTL_SECONDS / 3,
) -> None:
    """Write ``info()``, while it ``works``, until cancelled; then remove the key, so that nobody counts on it."""
    first = info()
    key = worker_key(first.service, first.instance)
    try:
        while True:
            try:
                if works():
                    await asyncio.wait_for(bucket.put(key, info().model_dump_json().encode()), every)
            except (TimeoutError, nats.errors.Error, nats.js.errors.Error) as error:
                log.warning("no heartbeat: %s", str(error) or type(error).__name__)
            await asyncio.sleep(every)
    finally:
        try:
            await asyncio.wait_for(bucket.delete(key), 1)
        except (TimeoutError, nats.errors.Error, nats.js.errors.Error):
            log.info("heartbeat left to expire")


async def alive(js: JetStreamContext) -> list[WorkerInfo]:
    """Every worker whose heartbeat has not expired.

    Not by the bucket's ``keys()``: its watcher says that there are none when the server's word that all was sent
    comes before what was sent.
    """
    bucket = await js.key_value(workers.BUCKET)
    prefix = f"$KV.{workers.BUCKET}."
    state = (await js.stream_info(f"KV_{workers.BUCKET}", subjects_filter=f"{prefix}>")).state
    keys = [subject.removeprefix(prefix) for subject in state.subjects or {}]
    found = await asyncio.gather(*(_read(bucket, key) for key in keys))
    return [info for info in found if info is not None]


async def _read(bucket: KeyValue, key: str) -> WorkerInfo | None:
    """None for one that has left, and for what is no heartbeat, or another's than the key's.

    A service may write keys of its own name alone, and so speaks for nobody else; nor of another pool's kinds.
    """
    try:
        value = (await bucket.get(key)).value
        info = WorkerInfo.model_validate_json(value or b"")
    except (KeyNotFoundError, ValidationError):
        return None
    if worker_key(info.service, info.instance) != key:
        return None
    # Of kinds that only a newer version knows, their pool is not known here.
    own = {
        kind: work
        for kind, work in info.kinds.items()
        if kind not in SPECS or SPECS[kind].pool.name == info.service
    }
    return info.model_copy(update={"kinds": own})
