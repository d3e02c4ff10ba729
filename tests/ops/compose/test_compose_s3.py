"""The object store of the compose file, by the command that stands there and the program of the same version."""

import asyncio
import os
from pathlib import Path

import httpx
import psutil
import yaml
from certificates import issue
from cryptography.x509.oid import ExtendedKeyUsageOID
from grpc_clients import client, speaks_grpc
from loopback import http_client

from services.embedded.process import executable, free_port, spawn, wait_ready
from services.settings import StorageSettings
from services.storage import open_store

COMPOSE = yaml.safe_load((Path(__file__).parents[3] / "docker-compose.yml").read_text())


def _listening(child):
    """The address of each port."""
    found = psutil.Process(child.process.pid).net_connections("inet")
    return {c.laddr.port: c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}


async def test_of_the_object_store_other_containers_reach_s3_alone(tmp_path):
    """With ports of our own: in a container it has all to itself."""
    service = COMPOSE["services"]["s3"]
    ports = {
        f"{part}.{name}": free_port()
        for part in ("s3", "master", "volume", "filer")
        for name in ("port", "port.grpc")
    }
    asked = {"AWS_ACCESS_KEY_ID": "proteus", "AWS_SECRET_ACCESS_KEY": "a secret of ours"}
    environment = {**os.environ, **service["environment"], **asked}
    given = [f"-dir={tmp_path}", *(f"-{name}={port}" for name, port in ports.items())]
    command = [executable("weed"), "-logtostderr=true", *service["command"], *given]
    child = await spawn("s3", command, tmp_path / "s3.log", environment)
    own = issue(tmp_path, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    knocking = []
    try:
        async with http_client(f"http://127.0.0.1:{ports['s3.port']}") as http:

            async def ready():
                """Healthy, as the compose file asks, with all that it starts."""
                try:
                    healthy = (await http.get("/healthz")).status_code == 200
                except httpx.TransportError:
                    return False
                return healthy and set(ports.values()) <= _listening(child).keys()

            await wait_ready(child, ready, 180)
        inner = ports["s3.port.grpc"]
        # Of TLS it never says who it is: these wait until the test is over.
        knocking = [asyncio.create_task(speaks_grpc(inner, tls)) for tls in (client(), client(own))]
        outside = {port for port, address in _listening(child).items() if address != "127.0.0.1"}
        assert outside == {ports["s3.port"], inner}
        assert await speaks_grpc(ports["filer.port.grpc"]), "or this test cannot tell"
        assert not await speaks_grpc(inner), "who is let in there makes themselves an admin"
        settings = StorageSettings(
            s3_endpoint_url=f"http://127.0.0.1:{ports['s3.port']}", s3_bucket="proteus",
            aws_access_key_id="proteus", aws_secret_access_key="a secret of ours",
        )  # fmt: skip
        async with open_store(settings) as store:
            await store.provision(["*"])
            await store.put("users/ada/a.jpg", b"a picture", "image/jpeg")
            assert await store.get("users/ada/a.jpg", 9) == b"a picture"
        assert not any(task.done() and not task.exception() and task.result() for task in knocking)
    finally:
        for task in knocking:
            task.cancel()
        await asyncio.gather(*knocking, return_exceptions=True)
        await child.stop(patience=1)  # it would wait for other servers to notice
