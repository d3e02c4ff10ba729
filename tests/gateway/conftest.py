"""Gateways on real servers, and users of theirs."""

import asyncio
import contextlib
import io
import secrets
from datetime import UTC, datetime

import asyncpg
import httpx
import nats
import pytest
from argon2 import PasswordHasher
from databases import empty_database, make_database
from exposition import Served
from loopback import http_client
from nats.js.errors import NotFoundError
from own_nats import OwnNats
from PIL import Image
from watched_nats import watch
from websockets.asyncio.client import connect

from schemas.jobs import SPECS
from schemas.jobs.base import JobStarted
from services.embedded.process import free_port
from services.gateway.accounts.admins import set_admin
from services.gateway.accounts.passwords import Passwords
from services.gateway.app import create_app, run
from services.gateway.db.engine import open_engine
from services.gateway.db.migrate import migrate
from services.gateway.settings import GatewaySettings
from services.settings import DatabaseSettings, NatsSettings
from streams.provision import provision

#: What an attacker has to pay for a guess is seen by a test of its own: to others it is only time.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET = "a secret of more than thirty-two characters"


class Site:
    """Everything a gateway needs, and gateways on it."""

    def __init__(self, nats_url, storage, database_url, client):
        self.nats_url, self.storage, self.database_url = nats_url, storage, database_url
        self.client, self.js = client, client.jetstream(timeout=60)
        self.secret = SECRET

    @contextlib.asynccontextmanager
    async def gateway(self, gpu_hour_price=0.0, fetcher=None, passwords=None, **settings):
        """A replica on a free port; its URL."""
        port, probes = free_port(), free_port()
        made = GatewaySettings(jwt_secret=SECRET, port=port, probe_port=probes, **{"web": False, **settings})
        app = create_app(
            made,
            nats_settings=NatsSettings(nats_url=self.nats_url),
            storage=self.storage,
            database=DatabaseSettings(database_url=self.database_url),
            asyncapi={"asyncapi": "3.0.0", "info": {"title": "Proteus"}, "channels": {}},
            gpu_hour_price=gpu_hour_price,
            fetcher=fetcher,
            passwords=passwords or Passwords(CHEAP),
            idle_seconds=0.1,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(run(app, made.public_server(), made.probe_server(), stop))
        url = Served(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{probes}")
        try:
            async with asyncio.timeout(120), http_client() as http:
                while True:
                    assert not task.done(), task.exception()
                    with contextlib.suppress(httpx.TransportError):
                        # Probes answer before the gateway has its parts; other routes say that they wait for them.
                        if (await http.get(f"{url}/user")).status_code == 401:
                            break
                    await asyncio.sleep(0.02)
            yield url
        finally:
            stop.set()
            await asyncio.wait_for(task, 60)

    async def started(self, request, attempt=1):
        """What a worker says when it begins."""
        update = JobStarted(
            job_id=request.job_id, job_type=request.job_type, user_id=request.user_id,
            vton_id=request.vton_id, task_token=request.task_token, attempt=attempt, worker="test",
            at=datetime.now(UTC),
        )  # fmt: skip
        await self._say(update)

    async def ended(self, request, status="completed", error=None, key=None, **more):
        """What a worker says at the end; the update, so that it can be said again."""
        spec = SPECS[request.job_type]
        done = key or (
            spec.outputs[0].key(request.user_id, request.job_id) if status == "completed" else None
        )
        update = spec.result(
            job_id=request.job_id, user_id=request.user_id, vton_id=request.vton_id,
            task_token=request.task_token, status=status,
            error=error, result_s3_key=done, queued_ms=5, inference_ms=7, batch_size=2, engine="puppet",
            preview=True, worker="test", at=datetime.now(UTC), **{"attempt": 1, **more},
        )  # fmt: skip
        await self._say(update)
        return update

    async def make_admin(self, shopper):
        """As `proteus admins add` does."""
        engine = open_engine(self.database_url, pool_size=1)
        assert await set_admin(engine, shopper.user["email"], admin=True) == shopper.id
        await engine.dispose()
        return shopper

    async def _say(self, update):
        trace = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
        subject = f"results.{update.user_id}.{update.job_id}"
        await self.js.publish(subject, update.model_dump_json().encode(), headers=trace)

    async def request(self, stream="TRYON", job=None):
        """The newest request in a stream: of ``job``, once it is there. Other replicas' may come after it."""
        kind = next(spec for spec in SPECS.values() if spec.stream == stream)
        async with asyncio.timeout(60):
            while True:
                state = (await self.js.stream_info(stream)).state
                for sequence in range(
                    state.last_seq, state.first_seq - 1 if state.messages else state.last_seq, -1
                ):
                    with contextlib.suppress(NotFoundError):  # it was taken meanwhile
                        found = (await self.js.get_msg(stream, sequence)).data
                        request = kind.request.model_validate_json(found)
                        if job in (None, request.job_id):
                            return request
                await asyncio.sleep(0.01)


class Shopper:
    """A signed-in user with one VTON."""

    def __init__(self, http, user, password):
        self.http, self.user, self.password = http, user, password
        self.id = user["id"]
        self.person = self.garment = self.vton = ""

    async def upload(self, content_type="image/jpeg", picture=None):
        buffer = io.BytesIO(picture or b"")
        if picture is None:
            Image.new("RGB", (64, 64), "olive").save(buffer, "JPEG")
        wanted = {"fileName": "x.jpg", "fileType": content_type, "fileSize": len(buffer.getvalue())}
        ticket = (await self.http.post("/images/presignedUploadUrl", json=wanted)).json()
        async with http_client() as s3:
            sent = await s3.put(ticket["url"], headers=ticket["headers"], content=buffer.getvalue())
            assert sent.status_code == 200, sent.text
        return ticket["key"]

    async def leave(self):
        return await self.http.request("DELETE", "/user", json={"password": self.password})

    async def prepare(self):
        self.person, self.garment = await self.upload(), await self.upload()
        body = {"user_snap_s3": self.person, "uncleaned_outfit_s3": self.garment, "title": "blue"}
        answer = await self.http.post("/vton", json=body)
        assert answer.status_code == 201, answer.text
        self.vton = answer.json()["id"]

    def wanted(self, **options):
        body = {"vton_id": self.vton, "user_snap_s3": self.person, "uncleaned_outfit_s3": self.garment}
        return {**body, "options": options} if options else body

    async def try_on(self, **options):
        answer = await self.http.post("/jobs/weaver", json=self.wanted(**options))
        assert answer.status_code == 202, answer.text
        return answer.json()["job_id"]

    async def socket(self, since=None, url=None):
        token = (await self.http.get("/user/ws-token")).json()["token"]
        base = (url or str(self.http.base_url)).rstrip("/").replace("http", "ws", 1)
        more = "" if since is None else f"&since={since}"
        return await connect(f"{base}/ws?token={token}{more}", open_timeout=60, proxy=None)


@pytest.fixture(autouse=True)
def asked_while_held(monkeypatch):
    """No gateway of a test's own process asks NATS while the same task holds a connection to the database."""
    found = watch(monkeypatch)
    yield found
    assert found == [], found[0]


@pytest.fixture(scope="session")
def schema(background, postgres_server):
    """The name of a database with today's schema: copying it is quicker than making each anew."""
    connection = background.run(asyncpg.connect(postgres_server.url))
    background.run(connection.execute("CREATE DATABASE schema_of_today"))
    background.run(connection.close())
    background.run(migrate(postgres_server.database("schema_of_today")))
    return "schema_of_today"


@pytest.fixture(scope="session")
def free_databases():
    """URLs of databases with today's schema and no rows: emptying one is quicker than making another."""
    return []


@pytest.fixture
async def database_url(postgres_server, schema, free_databases):
    """A database of the test's own, with today's schema and no rows."""
    url = free_databases.pop() if free_databases else await make_database(postgres_server, schema)
    yield url
    await empty_database(url)
    free_databases.append(url)


@pytest.fixture
async def site(nats_url, storage_settings, database_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    yield Site(nats_url, storage_settings, database_url, client)
    await client.close()


@pytest.fixture
async def own_nats(site, tmp_path):
    """Of the site's gateways from now on, provisioned."""
    own = OwnNats(tmp_path)
    await own.start()
    client = await nats.connect(own.url)
    await provision(client.jetstream(timeout=60))
    await client.close()
    site.nats_url = own.url
    yield own
    await own.stop()


@pytest.fixture
async def url(site):
    async with site.gateway() as url:
        yield url


@pytest.fixture
async def join():
    """Sign somebody up at a URL."""
    async with contextlib.AsyncExitStack() as stack:

        async def join(url):
            http = http_client(url)
            await stack.enter_async_context(http)
            account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(8)}
            answer = await http.post("/user/signup", json={**account, "name": "Ada"})
            assert answer.status_code == 201, answer.text
            return Shopper(http, answer.json(), account["password"])

        yield join


@pytest.fixture
async def shopper(url, join):
    shopper = await join(url)
    await shopper.prepare()
    return shopper


@pytest.fixture
async def admin(site, url, join):
    return await site.make_admin(await join(url))
