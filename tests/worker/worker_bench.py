"""A worker on real NATS and S3, and whoever watches it."""

import asyncio
import contextlib
import io
from datetime import UTC, datetime
from pathlib import Path

import httpx
from engines_told import told
from gated_engine import Gated
from loopback import http_client
from PIL import Image

from inference.marks import marked
from inference.registry import create
from schemas import policy
from schemas.ids import new_id, new_job_id
from schemas.jobs import update_adapter
from schemas.jobs.try_on import TryOnRequest
from services.embedded.process import free_port
from services.settings import NatsSettings
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams.connection import flush

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
USER, VTON = new_id(), new_id()
#: Where the server tells of each message that was given back to it.
GIVEN_BACK = "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED"


def jpeg(colour="navy", size=(96, 128)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


class Bench:
    """NATS, S3 and whoever watches the results."""

    def __init__(self, client, store, nats_url, storage):
        self.client, self.js, self.store = client, client.jetstream(timeout=60), store
        self.nats = NatsSettings(nats_url=nats_url)
        self.storage = storage
        self.seen = []
        self.changed = asyncio.Condition()
        self.port = free_port()

    async def watch(self):
        await self.client.subscribe("results.>", cb=self._note)
        await flush(self.client)

    async def _note(self, message):
        async with self.changed:
            self.seen.append(update_adapter.validate_json(message.data))
            self.changed.notify_all()

    async def until(self, condition):
        async with asyncio.timeout(300), self.changed:
            await self.changed.wait_for(lambda: condition(self.seen))

    @contextlib.asynccontextmanager
    async def worker(self, kind="try_on", engine="simulated", handler=None, mark=marked, **options):
        """Run one until the block ends, with the engine of that name or the one that is given."""
        if isinstance(engine, Gated):
            made, reason = engine, engine.reason
        else:
            made, reason = create(kind, engine, told(**{"simulated_a": 0.0, "simulated_b": 0.0, **options}))
        stop = asyncio.Event()
        settings = WorkerSettings(probe_port=self.port, drain_seconds=10)
        task = asyncio.create_task(
            run_worker(
                [Engaged(handler or HANDLERS[kind], made, reason)],
                settings,
                self.nats,
                self.storage,
                stop,
                mark=mark,
                idle_seconds=0.1,
            )
        )
        try:
            yield stop, task
        finally:
            if isinstance(engine, Gated):
                engine.open()
            stop.set()
            await asyncio.wait_for(task, 60)

    async def ask(self, *, lane="standard", person=None, garment=None, **more) -> str:
        """Publish a try-on request whose pictures are (by default) readable."""
        keys = []
        for body in (person, garment):
            key = f"users/{USER}/uploads/{new_id()}.jpg"
            if body != b"missing":
                await self.store.put(key, jpeg() if body is None else body, "image/jpeg")
            keys.append(key)
        request = TryOnRequest(
            job_id=new_job_id(), user_id=USER, vton_id=VTON, created_at=datetime.now(UTC),
            user_snap_s3=keys[0], garment_s3=keys[1], **more,
        )  # fmt: skip
        headers = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "Nats-Msg-Id": request.job_id}
        await self.js.publish(f"tryon.requests.{lane}", request.model_dump_json().encode(), headers=headers)
        return request.job_id

    async def steer(self, **values):
        bucket = await self.js.key_value(policy.BUCKET)
        for key, value in values.items():
            await bucket.put(f"weaver.{key}", str(value).encode())

    async def waits(self, why):
        """Until the worker's /readyz says so."""
        where = f"http://127.0.0.1:{self.port}/readyz"
        async with http_client() as http, asyncio.timeout(300):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if why in (await http.get(where)).json().get("detail", ""):
                        return
                await asyncio.sleep(0.02)

    def endings(self):
        return {update.job_id: update for update in self.seen if update.status in ("completed", "failed")}

    async def drained(self, stream="TRYON"):
        async with asyncio.timeout(300):
            while (await self.js.stream_info(stream)).state.messages:
                await asyncio.sleep(0.01)
