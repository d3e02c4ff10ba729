"""Fan-out: many sockets that are quiet, and events for some of them at a steady rate; one gateway process."""

import asyncio
import json
import resource
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import asyncpg
import nats
import psutil
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.percentiles import Percentiles
from schemas.events import JobEvent
from schemas.ids import new_id, new_job_id
from schemas.jobs.base import JobStatus
from services.gateway.accounts.sessions import Tokens
from streams import subjects
from streams.publish import publish

_AT_ONCE = 50  # sockets that are being opened
_PATIENCE = 30.0


async def measure(
    url: str, environment: Mapping[str, str], sockets: int, rate: float, seconds: float
) -> dict[str, float]:
    """Publish → socket in milliseconds; ``sockets`` users with one each. Needs the system's own servers."""
    allow_files(sockets)
    users = await make_users(environment["DATABASE_URL"], environment["JWT_SECRET"], sockets)
    gateway = gateway_of(url)
    before = gateway.memory_info().rss
    taken, wrong = Percentiles(), 0
    due: dict[str, float] = {}
    heard = asyncio.Event()
    left = round(rate * seconds)

    async def follow(user: str, socket: ClientConnection) -> None:
        nonlocal wrong, left
        async for text in socket:
            event = json.loads(text)
            if event["user_id"] != user:
                wrong += 1
            taken.add(time.perf_counter() - due[event["job_id"]])
            left -= 1
            if left == 0:
                heard.set()

    began = time.perf_counter()
    opened = await open_all(url, users.values())
    connecting = time.perf_counter() - began
    after = gateway.memory_info().rss
    tasks = [asyncio.create_task(follow(user, socket)) for user, socket in zip(users, opened, strict=True)]
    try:
        await _publish(environment["NATS_URL"], list(users), rate, left, due)
        async with asyncio.timeout(_PATIENCE):
            await heard.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(socket.close() for socket in opened), return_exceptions=True)
    return {
        "sockets": sockets,
        "connects_per_s": round(sockets / connecting, 1),
        "kB_per_socket": round((after - before) / sockets / 1000, 1),
        "events": round(rate * seconds),
        "events_per_s": rate,
        "for_another_user": wrong,
        **taken.as_dict(),
    }


def allow_files(sockets: int) -> None:
    """Raises ValueError where this process may not open so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sockets + 1000 > most:
        raise ValueError(
            f"{sockets} sockets need more open files than the {most} that are allowed: `ulimit -n`"
        )


async def open_all(url: str, tokens: Iterable[str]) -> list[ClientConnection]:
    """A socket for each token, in their order."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def open_one(token: str) -> ClientConnection:
        async with room:
            address = f"{url.replace('http', 'ws', 1)}/ws"
            return await connect(
                address, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, compression=None,
                ping_interval=None, open_timeout=60,
            )  # fmt: skip

    return await asyncio.gather(*(open_one(token) for token in tokens))


async def _publish(url: str, users: list[str], rate: float, count: int, due: dict[str, float]) -> None:
    """Events as the ledger publishes them, each for one of the users."""
    client = await nats.connect(url)
    js, random = client.jetstream(), Random(1)
    start = time.perf_counter() + 0.5

    async def one(number: int) -> None:
        user, job = random.choice(users), new_job_id()
        event = JobEvent(
            type="status", job_id=job, job_type="try_on", user_id=user, vton_id=new_id(), status=JobStatus.COMPLETED,
            progress=1.0, at=datetime.now(UTC),
        )  # fmt: skip
        due[job] = start + number / rate
        await asyncio.sleep(max(0.0, due[job] - time.perf_counter()))
        await publish(js, subjects.event(user), event, job)

    await asyncio.gather(*(one(number) for number in range(count)))
    await client.close()


async def make_users(database: str, secret: str, count: int) -> dict[str, str]:
    """A bearer token by user: rows as sign-ups leave them, without ten thousand slow password hashes."""
    lifetime = timedelta(hours=1)
    tokens, now = Tokens(secret, lifetime, lifetime), datetime.now(UTC)
    users = {new_id(): new_id() for _ in range(count)}
    connection = await asyncpg.connect(database)
    try:
        await connection.executemany(
            "INSERT INTO users (id, email) VALUES ($1, $2)",
            [(user, f"{secrets.token_hex(8)}@example.com") for user in users],
        )
        await connection.executemany(
            "INSERT INTO sessions (id, user_id, expires_at) VALUES ($1, $2, $3)",
            [(session, user, now + lifetime) for user, session in users.items()],
        )
    finally:
        await connection.close()
    return {user: tokens.session(user, session) for user, session in users.items()}


def gateway_of(url: str) -> psutil.Process:
    """The process that listens there, of a system that this one started."""
    port = int(url.rsplit(":", 1)[1])
    for child in psutil.Process().children(recursive=True):
        if any(c.laddr.port == port and c.status == psutil.CONN_LISTEN for c in child.net_connections("tcp")):
            return child
    raise ValueError("the gateway is not a process of ours: measure a system that is started for it")
