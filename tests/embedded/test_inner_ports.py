"""Parts of SeaweedFS listen on ports of their own, which other users of the machine and pages in its browsers reach."""

import struct

import httpx
import psutil
from certificates import issue
from cryptography.x509.oid import ExtendedKeyUsageOID
from grpc_clients import client, speaks_grpc
from loopback import http_client

from services.embedded.s3 import start_s3
from services.settings import StorageSettings
from services.storage import open_store

PICTURE = b"a private photograph " * 50_000  # more than is kept in the list of names
KEY = "users/ada/uploads/a.jpg"


def _lies_at(data):
    """Where the volume server has the picture: the number of the volume, and a needle's id and cookie."""
    for file in data.rglob("proteus_*.dat"):
        at = file.read_bytes().find(PICTURE[:1000])
        if at > 0:
            cookie, needle = struct.unpack_from(">IQ", file.read_bytes(), at - 20)
            return f"{file.stem.removeprefix('proteus_')},{needle:x}{cookie:08x}"
    raise AssertionError("the picture is in no volume")


async def _asked(http, port, method, path):
    """All that the port says to that request over HTTP."""
    try:
        return (await http.request(method, f"http://127.0.0.1:{port}{path}")).content
    except httpx.TransportError:  # it speaks something else
        return b""


async def test_only_s3_itself_answers_for_pictures(tmp_path):
    server = await start_s3(tmp_path / "s3", tmp_path, "proteus", port=0)
    settings = StorageSettings(
        s3_endpoint_url=server.endpoint, s3_bucket="proteus", aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )  # fmt: skip
    own = issue(tmp_path, usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    try:
        as_json = {"Accept": "application/json"}
        async with open_store(settings) as store, http_client(headers=as_json) as http:
            await store.provision(["*"])
            await store.put(KEY, PICTURE, "image/jpeg")
            listening = [
                c.laddr.port
                for c in psutil.Process(server.child.process.pid).net_connections("inet")
                if c.status == psutil.CONN_LISTEN
            ]
            inner = [port for port in listening if not server.endpoint.endswith(f":{port}")]
            assert len(inner) >= 7, "master, volume and filer with HTTP and gRPC, and S3's gRPC"
            folder, place = f"/buckets/proteus/{KEY.rpartition('/')[0]}/", _lies_at(tmp_path / "s3")
            for port in inner:
                for method, path in (
                    ("GET", folder), ("GET", folder + "a.jpg"), ("GET", f"/{place}"), ("GET", "/dir/status"),
                    ("DELETE", folder + "a.jpg"), ("DELETE", f"/{place}"), ("POST", folder + "a.jpg"),
                    ("POST", f"/{place}"), ("DELETE", "/buckets/proteus?recursive=true"),
                    ("GET", "/vol/vacuum?garbageThreshold=0"), ("POST", "/col/delete?collection=proteus"),
                    ("GET", "/col/delete?collection=proteus"),
                ):  # fmt: skip
                    said = await _asked(http, port, method, path)
                    assert PICTURE[:21] not in said, (port, method, path)
                    assert b"a.jpg" not in said or "a.jpg" in path, (port, method, path)
                for tls in (None, client(), client(own)):
                    assert not await speaks_grpc(port, tls), port
            assert await store.get(KEY, len(PICTURE)) == PICTURE
            assert [key async for key in store.keys("users/")] == [KEY]
    finally:
        await server.child.stop()
