"""A server is trusted by an authority of the operator's own, by the Python client, its socket and the models' hub."""

import asyncio
import os
import ssl
import sys

import pytest
from own_authority import self_signed

ASK = {
    "client": """
import asyncio
from proteus_client import AsyncProteus
from proteus_client.events import listen
async def main():
    async with AsyncProteus('{url}') as ours:
        await ours.sign_in()
        async with listen(ours._session):
            pass
asyncio.run(main())
""",
    "hub": "from inference.weights.hub import listing; listing('a/b', 'main')",
}
HEARD = {
    "client": ["POST /user/token", "GET /user/ws-token", "GET /ws?token=t"],
    "hub": ["GET /api/models/a/b/revision/main"],
}


@pytest.fixture
async def server(tmp_path):
    """Its address, its certificate, and what it was asked."""
    key, certificate, heard = tmp_path / "key.pem", tmp_path / "certificate.pem", []
    await self_signed(key, certificate)

    async def answer(reader, writer):
        heard.append((await reader.readuntil(b"\r\n\r\n")).partition(b" HTTP")[0].decode())
        said = (
            b'{"access_token": "a", "refresh_token": "r", "user": {}, "token": "t", "id": "a/b", "sha": "1"}'
        )
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(said)
        writer.write(head + said)
        await writer.drain()
        await reader.read()  # until it was heard
        writer.close()

    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate, key)
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours) as listening:
        yield f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}", certificate, heard


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("who", ASK)
async def test_a_server_is_trusted_by_the_operators_authority(server, who, trusted):
    url, certificate, heard = server
    environment = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    environment["HF_ENDPOINT"] = url
    if trusted:
        environment["SSL_CERT_FILE"] = str(certificate)
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ASK[who].format(url=url), env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(asking.communicate(), 300)
    if trusted:
        assert asking.returncode == 0, said.decode()
        assert heard == HEARD[who]
    else:
        assert "CERTIFICATE_VERIFY_FAILED" in said.decode() and heard == []
