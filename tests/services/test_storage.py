"""Objects go to S3 and come back as they are; what goes wrong is one of three errors."""

import asyncio
import gzip
import ssl
from urllib.parse import urlsplit

import pytest
from loopback import http_client
from own_authority import self_signed
from pydantic import SecretStr

from services.settings import StorageSettings
from services.storage import ObjectMissing, ObjectTooLarge, StoreUnavailable, open_store

KEY = "users/a b/ü+%2F&x=1?.jpg"


@pytest.fixture
async def store(storage_settings):
    async with open_store(storage_settings) as opened:
        yield opened


async def test_what_was_put_comes_back_whatever_its_key(store):
    await store.put(KEY, b"12345", "image/jpeg")
    assert await store.get(KEY, 5) == b"12345"
    assert [key async for key in store.keys("users/a b/")] == [KEY]
    async with http_client() as http:
        answer = await http.get(await store.presign_get(KEY, 60))
    assert (answer.content, answer.headers["content-type"]) == (b"12345", "image/jpeg")
    await store.put(KEY, b"", "image/jpeg")
    assert await store.get(KEY, 5) == b""


async def test_an_object_that_is_too_large_is_not_read_and_the_next_one_is(store):
    await store.put("users/a/large", bytes(2_000_000), "image/png")
    for _ in range(60):  # more than there are connections: each was given back
        with pytest.raises(ObjectTooLarge):
            await store.get("users/a/large", 1_999_999)
    assert len(await store.get("users/a/large", 2_000_000)) == 2_000_000


async def test_a_body_that_says_it_is_compressed_stays_compressed(store):
    """Unpacked, a few kilobytes could fill the memory."""
    packed = gzip.compress(bytes(50_000_000))
    url = await store.presign_put("users/a/bomb", "image/jpeg", 60, len(packed))
    async with http_client() as http:
        headers = {"content-type": "image/jpeg", "content-encoding": "gzip"}
        assert (await http.put(url, content=packed, headers=headers)).status_code == 200
    assert await store.get("users/a/bomb", len(packed)) == packed


async def test_errors_say_which_kind_they_are(storage_settings, store):
    with pytest.raises(ObjectMissing):
        await store.get("users/a/nothing", 5)
    wrong = storage_settings.model_copy(update={"aws_secret_access_key": SecretStr("wrong")})
    nowhere = storage_settings.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:9"})
    elsewhere = storage_settings.model_copy(update={"s3_bucket": "no-such-bucket"})
    async with open_store(elsewhere) as other:
        with pytest.raises(StoreUnavailable):
            await other.get("users/a/x", 5)
    for settings in (wrong, nowhere):
        async with open_store(settings) as other:
            with pytest.raises(StoreUnavailable):
                await other.get("users/a/x", 5)
            with pytest.raises(StoreUnavailable):
                await other.put("users/a/x", b"1", "image/png")


async def test_certificates_are_those_that_the_s3_client_would_trust(storage_settings, tmp_path, monkeypatch):
    bundle = tmp_path / "empty.pem"
    bundle.write_text("no certificate")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
    settings = storage_settings.model_copy(update={"s3_endpoint_url": "https://127.0.0.1:9"})
    with pytest.raises(ssl.SSLError):
        async with open_store(settings):
            raise AssertionError("opened with a bundle that is none")


@pytest.mark.parametrize(("cut", "answered"), [(1, True), (10, False)])
async def test_a_request_that_had_no_answer_is_sent_a_second_time(storage_settings, store, cut, answered):
    await store.put("users/a/x", b"12345", "image/png")
    behind = urlsplit(storage_settings.s3_endpoint_url)
    left = cut

    async def pump(reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader, writer):
        nonlocal left
        if left:
            left -= 1
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(behind.hostname, behind.port)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as line:
        port = line.sockets[0].getsockname()[1]
        settings = storage_settings.model_copy(update={"s3_endpoint_url": f"http://127.0.0.1:{port}"})
        async with open_store(settings) as through:
            if answered:
                assert await through.get("users/a/x", 5) == b"12345"
            else:
                with pytest.raises(StoreUnavailable):
                    await through.get("users/a/x", 5)
        assert left < cut


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE", None])
async def test_a_store_is_trusted_by_an_authority_of_the_operators_own(tmp_path, monkeypatch, variable):
    """By the client library and by what goes to and from S3 without it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    await self_signed(key, certificate)
    asked = []

    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.split()[0].decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(certificate, key)
    for each in ("SSL_CERT_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(each, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(certificate))
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ours) as server:
        where = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        told = {"s3_bucket": "b", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
        async with open_store(StorageSettings(s3_endpoint_url=where, **told)) as store:
            if variable:
                await store.ping()
                await store.put("users/a/x", b"", "image/png")
                assert asked == ["HEAD", "PUT"]
                return
            for attempt in (store.ping(), store.put("users/a/x", b"", "image/png")):
                with pytest.raises(StoreUnavailable, match=r"(?i)certificate"):
                    await attempt
    assert asked == []
