"""A server with TLS: `NATS_URL=tls://…`, and SSL_CERT_FILE when its authority is the operator's own."""

import asyncio
import os
import sys

import pytest
from own_authority import self_signed

from services.embedded.process import executable, free_port, listening, spawn, wait_ready

CONNECT = (
    "import asyncio; from streams.broker import make_broker; from streams.connection import connect_once\n"
    "async def main():\n"
    "    await (await connect_once('{url}')).close()\n"
    "    broker = make_broker(['{url}'], 'gateway')\n"
    "    await asyncio.wait_for(broker.connect(), 60)\n"
    "    await broker.stop()\n"
    "asyncio.run(main())"
)


@pytest.fixture
async def secured(tmp_path):
    """A server with a certificate of its own making; its URL and the certificate."""
    key, certificate, port = tmp_path / "key.pem", tmp_path / "certificate.pem", free_port()
    await self_signed(key, certificate)
    config = tmp_path / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\ntls {{ cert_file: "{certificate}", key_file: "{key}" }}\n'
    )
    child = await spawn("nats-server", [executable("nats-server"), "-c", config], tmp_path / "nats.log")
    await wait_ready(child, lambda: listening(port), 60)
    yield f"tls://127.0.0.1:{port}", certificate
    await child.stop()


@pytest.mark.parametrize("trusted", [True, False])
async def test_a_server_is_trusted_by_its_authority(secured, trusted):
    url, certificate = secured
    environment = {**os.environ, **({"SSL_CERT_FILE": str(certificate)} if trusted else {})}
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONNECT.format(url=url), env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(client.communicate(), 90)
    assert (client.returncode == 0) is trusted, said.decode()
    assert trusted or b"CERTIFICATE_VERIFY_FAILED" in said
