"""The object store of the compose file, by the command that stands there and the program of the same version."""

import os
from pathlib import Path

import httpx
import psutil
import yaml
from loopback import http_client

from services.embedded.process import executable, free_port, spawn, wait_ready

COMPOSE = yaml.safe_load((Path(__file__).parents[3] / "docker-compose.yml").read_text())


def _listening(child):
    """The address of each port."""
    found = psutil.Process(child.process.pid).net_connections("inet")
    return {c.laddr.port: c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}


async def test_of_the_object_store_other_containers_reach_s3_alone(tmp_path):
    """With ports of our own: in a container it has all to itself."""
    command = COMPOSE["services"]["s3"]["command"]
    ports = {
        f"{part}.{name}": free_port()
        for part in ("s3", "master", "volume", "filer")
        for name in ("port", "port.grpc")
    }
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "proteus", "AWS_SECRET_ACCESS_KEY": "a secret of ours"}
    given = [f"-dir={tmp_path}", *(f"-{name}={port}" for name, port in ports.items())]
    child = await spawn(
        "s3", [executable("weed"), "-logtostderr=true", *command, *given], tmp_path / "s3.log", environment
    )
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
        outside = {port for port, address in _listening(child).items() if address != "127.0.0.1"}
        assert outside == {ports["s3.port"], ports["s3.port.grpc"]}
    finally:
        await child.stop(patience=1)  # it would wait for other servers to notice
