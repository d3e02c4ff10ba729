"""A server is trusted by an authority of the operator's own, by the Python client, its socket and the models' hub."""

import asyncio
import os
import ssl
import sys

import pytest
from answering import answering
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
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    await self_signed(key, certificate)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate, key)
    async with answering(ssl=ours) as (port, heard):
        yield f"https://127.0.0.1:{port}", certificate, heard


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
