"""The configurations of NATS in a cluster, each read by a real nats-server: what it says of itself."""

import os
import re

import pytest
from loopback import http_client
from manifests import OVERLAYS, find

from services.embedded.process import executable, free_port, listening, spawn, wait_ready

_SECOND, _GIB = 10**9, 2**30
#: The local overlay has one server and nobody to lose.
SYNC = {"lke": "always", "lke-shop-hours": "always", "local": 120 * _SECOND}


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
async def test_a_server_reads_every_size_and_time_as_they_are_meant(overlay, tmp_path):
    port, monitor = free_port(), free_port()
    text = find(overlay, "ConfigMap", "nats")["data"]["nats.conf"]
    text = re.sub(
        r"^cluster \{.*?^\}", "", text, flags=re.DOTALL | re.MULTILINE
    )  # of names that are none here
    for was, becomes in (
        ("http_port: 8222", f'http: "127.0.0.1:{monitor}"'),
        ("port: 4222", f'listen: "127.0.0.1:{port}"'),
        ("/run/nats/nats.pid", str(tmp_path / "nats.pid")),
        ("store_dir: /data", f'store_dir: "{tmp_path}"'),
        ("include ./users/users.conf", ""),
    ):
        assert was in text
        text = text.replace(was, becomes)
    (tmp_path / "nats.conf").write_text(text)
    command = [executable("nats-server"), "-c", tmp_path / "nats.conf"]
    child = await spawn("nats-server", command, tmp_path / "log", {**os.environ, "POD_NAME": "nats-0"})
    await wait_ready(child, lambda: listening(port), 60)
    async with http_client(f"http://127.0.0.1:{monitor}") as http:
        storage = (await http.get("/jsz?config=true")).json()["config"]
        server = (await http.get("/varz")).json()
    await child.stop()
    assert ("always" if storage.get("sync_always") else storage["sync_interval"]) == SYNC[overlay.name]
    assert storage["max_storage"] == 18 * _GIB
    assert (server["server_name"], server["max_payload"]) == ("nats-0", 2**20)
