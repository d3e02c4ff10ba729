"""This machine is never asked through a proxy, others as the environment says, by every client that we have."""

import asyncio
import os
import sys

import httpx
import pytest
from answering import answering

from inference.chat import ChatEndpoint, ChatFailed, ask
from proteus_client import AsyncProteus, ProteusError
from proteus_client.events import listen
from proteus_client.proxies import is_loopback, proxy_of
from services.settings import StorageSettings
from services.storage import StoreUnavailable, open_store

DEAD = "http://127.0.0.1:1"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def environment(monkeypatch):
    """Sets these variables and no other of their kind."""

    def told(**variables):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return told


@pytest.fixture
async def proxy():
    """A proxy that refuses everybody, and the first line of each request that it was sent."""
    async with answering(b"", "502 Bad Gateway") as (port, heard):
        yield f"http://127.0.0.1:{port}", heard


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("http://127.0.0.1:8000", {"HTTP_PROXY": DEAD}, None), ("http://localhost:8000", {"ALL_PROXY": DEAD}, None),
        ("http://[::1]:8000", {"HTTP_PROXY": DEAD}, None), ("http://127.9.9.9", {"HTTP_PROXY": DEAD}, None),
        ("http://shop.localhost", {"HTTP_PROXY": DEAD}, None), ("ws://127.0.0.1:8000/ws", {"HTTP_PROXY": DEAD}, None),
        ("http://127.0.0.1", {"HTTP_PROXY": DEAD, "NO_PROXY": "example.com"}, None),
        ("http://s3.example", {"HTTP_PROXY": DEAD}, DEAD), ("https://s3.example", {"HTTPS_PROXY": DEAD}, DEAD),
        ("https://s3.example", {"HTTP_PROXY": DEAD}, None), ("https://s3.example", {"ALL_PROXY": DEAD}, DEAD),
        ("wss://s3.example/ws", {"HTTPS_PROXY": DEAD}, DEAD), ("http://s3.example", {"https_proxy": DEAD}, None),
        ("http://s3.example", {"HTTP_PROXY": DEAD, "NO_PROXY": "s3.example"}, None),
        ("http://a.b.example:9000", {"HTTP_PROXY": DEAD, "NO_PROXY": ".example"}, None),
        ("http://s3.example", {"HTTP_PROXY": DEAD, "NO_PROXY": "*"}, None), ("http://s3.example", {}, None),
    ],
)  # fmt: skip
def test_which_way_a_request_goes(environment, url, variables, expected):
    environment(**variables)
    assert proxy_of(url) == expected


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("LOCALHOST", True), ("localhost.", True), ("127.1.2.3", True), ("::1", True), ("[::1]", True),
     ("localhost.example", False), ("10.0.0.1", False), ("0.0.0.0", False), ("notlocalhost", False)],
)  # fmt: skip
def test_what_this_machine_is_called(host, loopback):
    assert is_loopback(host) is loopback


async def test_the_store_on_this_machine_is_asked_directly(environment, storage_settings):
    environment(HTTP_PROXY=DEAD, HTTPS_PROXY=DEAD, ALL_PROXY=DEAD)
    async with open_store(storage_settings) as store:
        await store.put("users/a/x", b"12345", "image/png")
        assert (await store.get("users/a/x", 5), await store.size("users/a/x")) == (b"12345", 5)


async def test_a_store_elsewhere_is_asked_through_the_proxy(environment, proxy):
    url, heard = proxy
    environment(HTTP_PROXY=url)
    told = {"s3_bucket": "b", "aws_access_key_id": "k", "aws_secret_access_key": "s"}
    async with open_store(StorageSettings(s3_endpoint_url="http://s3.example", **told)) as store:
        for ask in (store.get("users/a/x", 5), store.ping()):
            heard.clear()
            with pytest.raises(StoreUnavailable):
                await ask
            assert heard and "http://s3.example/b" in heard[0]


async def test_the_client_asks_alike(environment, proxy):
    url, heard = proxy
    environment(HTTP_PROXY=url)
    async with AsyncProteus("http://try.example", email="a@b.c", password="12345678") as there:
        with pytest.raises(ProteusError):
            await there.sign_in()
    assert heard and "http://try.example/" in heard[0]
    heard.clear()
    async with AsyncProteus("http://127.0.0.1:1", email="a@b.c", password="12345678") as here:
        with pytest.raises(httpx.ConnectError):
            await here.sign_in()
    assert heard == []


async def test_a_socket_goes_the_way_of_its_requests(environment):
    """To this machine; elsewhere the proxy is asked to connect, where a request is passed on."""
    async with answering() as (port, heard):
        url = f"http://127.0.0.1:{port}"
        for proxy, base, last in (
            (DEAD, url, "GET /ws?token=t"),
            (url, "http://try.example", "CONNECT try.example:80"),
        ):
            environment(HTTP_PROXY=proxy)
            async with AsyncProteus(base) as ours:
                await ours.sign_in()
                async with listen(ours._session):
                    assert heard[-1] == last


async def test_a_chat_model_is_asked_alike(environment, proxy):
    url, heard = proxy
    environment(HTTP_PROXY=url)
    for host, through in (
        ("http://127.0.0.1:1/v1", 0),
        ("http://llm.localhost:1/v1", 0),
        ("http://llm.example/v1", 1),
    ):
        with pytest.raises(ChatFailed):
            await asyncio.to_thread(ask, ChatEndpoint(host, "any"), [], 60)
        assert len(heard) == through


@pytest.mark.parametrize(
    ("endpoint", "through"), [("http://127.0.0.1:1", False), ("http://hub.example", True)]
)
async def test_the_hub_of_models_is_asked_alike(proxy, endpoint, through):
    """In a process of its own: its client reads its address once."""
    url, heard = proxy
    kept = {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from inference.weights.hub import listing; listing('a/b', 'main')",
        env={**kept, "HTTP_PROXY": url, "HF_ENDPOINT": endpoint}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await asyncio.wait_for(asking.communicate(), 300)
    assert said.decode().splitlines()[-1].startswith("inference.weights.hub.PullError: a/b at main: ")
    assert bool(heard) is through and all(f"{endpoint}/api/models/a/b" in line for line in heard)
