"""The servers that workers need, without the rest of the system: requests are published, results read."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.js import JetStreamContext

from services.embedded.nats import start_nats
from services.embedded.s3 import start_s3
from services.settings import StorageSettings
from services.storage import open_store
from streams.provision import provision

_BUCKET = "benchmark"


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[str, JetStreamContext, StorageSettings]]:
    """NATS and S3, empty, with everything provisioned; the operator's NATS URL."""
    with tempfile.TemporaryDirectory() as name:
        logs = Path(name) / "logs"
        logs.mkdir()
        server = await start_nats(Path(name) / "nats", logs, port=0)
        store = await start_s3(Path(name) / "s3", logs, _BUCKET, port=0)
        try:
            client = await nats.connect(server.url)
            js = client.jetstream()
            await provision(js)
            storage = StorageSettings(
                s3_endpoint_url=store.endpoint,
                s3_bucket=_BUCKET,
                aws_access_key_id=store.access_key,
                aws_secret_access_key=store.secret_key,
            )
            async with open_store(storage) as opened:
                await opened.provision(["*"])
            yield server.url, js, storage
            await client.close()
        finally:
            await store.child.stop()
            await server.child.stop()
