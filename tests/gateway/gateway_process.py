"""A gateway in a process of its own, which may be killed, or given little."""

import asyncio
import os
import sys

import httpx
from loopback import http_client

from services.embedded.process import free_port


class Replica:
    """A gateway in a process of its own."""

    def __init__(self, site):
        storage = site.storage
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROTEUS_")},
            "NATS_URL": site.nats_url, "DATABASE_URL": site.database_url, "JWT_SECRET": site.secret,
            "S3_ENDPOINT_URL": storage.s3_endpoint_url, "S3_BUCKET": storage.s3_bucket,
            "AWS_ACCESS_KEY_ID": storage.aws_access_key_id,
            "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
            "PROTEUS_WEB": "false", "PROTEUS_PROBE_PORT": "0", "PROTEUS_RECONCILE_SECONDS": "2",
        }  # fmt: skip
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    async def start(self, before=""):
        """``before`` it a shell does this."""
        self.port = free_port()
        environment = {**self.environment, "PROTEUS_PORT": str(self.port)}
        command = ("sh", "-c", f'{before}\nexec "$0" -m services.cli gateway', sys.executable)
        self.process = await asyncio.create_subprocess_exec(
            *command, env=environment, stderr=asyncio.subprocess.DEVNULL
        )

    async def ready(self):
        async with http_client(self.url) as http, asyncio.timeout(120):
            while True:
                assert self.process.returncode is None, "the gateway ended by itself"
                try:
                    if (await http.get("/user")).status_code == 401:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    async def kill(self):
        self.process.kill()
        await self.process.wait()
