"""A gateway on a port of its own, in front of real servers, and its users."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import nats
import pytest
from gateway_actors import SECRET, Gateway, User, Worker
from nats.js import JetStreamContext

from services.embedded.process import free_port
from services.gateway.app import create_app, run
from services.gateway.settings import GatewaySettings
from services.settings import DatabaseSettings, NatsSettings, StorageSettings
from streams.provision import provision

Start = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def js(nats_url: str) -> AsyncIterator[JetStreamContext]:
    """A connection of the test's own, to streams that are there."""
    client = await nats.connect(nats_url)
    context = client.jetstream(timeout=60)
    await provision(context)
    yield context
    await client.close()


@pytest.fixture
def worker(js: JetStreamContext) -> Worker:
    return Worker(js)


@pytest.fixture
async def start(
    js: JetStreamContext, nats_url: str, storage_settings: StorageSettings, database_url: str
) -> AsyncIterator[Start]:
    """Start a replica: ``await start()``; arguments are settings, or another server's address."""
    running: list[Gateway] = []

    async def begin(
        *, database: str = database_url, s3: str | None = None, nats_server: str = nats_url, **settings: Any
    ) -> Gateway:
        port = free_port()
        own = GatewaySettings(JWT_SECRET=SECRET, port=port, **{"web": False, **settings})
        storage = storage_settings.model_copy(update={"s3_endpoint_url": s3} if s3 else {})
        app = create_app(
            own,
            nats_settings=NatsSettings(nats_url=nats_server),
            storage=storage,
            database=DatabaseSettings(database_url=database),
            asyncapi={"asyncapi": "3.0.0", "info": {"title": "Proteus <messages>"}, "channels": {}},
            idle_seconds=0.1,
        )
        stopping = asyncio.Event()
        serving = asyncio.create_task(run(app, own.public_server(), own.probe_server(), stopping))

        async def stop() -> None:
            stopping.set()
            await asyncio.wait_for(serving, 60)

        gateway = Gateway(f"http://127.0.0.1:{port}", app, stop)
        running.append(gateway)
        async with gateway.client() as http, asyncio.timeout(60):
            while True:
                assert not serving.done(), serving.exception()
                with contextlib.suppress(httpx.TransportError):
                    if (await http.get("/readyz")).json()["status"] != "starting":
                        return gateway
                await asyncio.sleep(0.02)

    yield begin
    for gateway in running:
        await gateway.stop()


@pytest.fixture
async def gateway(start: Start) -> Gateway:
    return await start()


SignUp = Callable[..., Awaitable[User]]


@pytest.fixture
async def sign_up(gateway: Gateway) -> AsyncIterator[SignUp]:
    """``await sign_up()`` is a new user with a VTON; ``at`` picks the replica."""
    async with contextlib.AsyncExitStack() as stack:
        count = 0

        async def new(at: Gateway | None = None) -> User:
            nonlocal count
            count += 1
            http = await stack.enter_async_context((at or gateway).client())
            account = {"email": f"user{count}@example.com", "password": "correct horse"}
            answer = await http.post("/user/signup", json=account)
            assert answer.status_code == 201, answer.text
            user = User(http, answer.json()["id"])
            user.snap, user.garment = await user.upload(), await user.upload()
            pictures = {"user_snap_s3": user.snap, "uncleaned_outfit_s3": user.garment}
            vton = await http.post("/vton", json=pictures)
            assert vton.status_code == 201, vton.text
            user.vton = vton.json()["id"]
            return user

        yield new


@pytest.fixture
async def user(sign_up: SignUp) -> User:
    return await sign_up()
