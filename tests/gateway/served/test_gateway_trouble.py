"""Servers that are away: 503 with Retry-After, nothing lost, and recovery by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from gateway_actors import hear

from schemas.events import JobEvent
from schemas.ids import new_job_id

# The relay's cut connections are collected late, which is no fault of the gateway.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@dataclass
class Line:
    """A TCP relay in front of a server, to be cut and mended."""

    port: int
    cut: Callable[[], None]
    mend: Callable[[], None]


@contextlib.asynccontextmanager
async def line_to(host: str, port: int) -> AsyncIterator[Line]:
    up, writers = True, set()

    async def pump(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def accept(reader, writer):
        if not up:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(host, port)
        writers.update((writer, back))
        await asyncio.gather(pump(reader, back), pump(there, writer))

    def cut():
        nonlocal up
        up = False
        for writer in writers:
            writer.transport.abort()
        writers.clear()

    def mend():
        nonlocal up
        up = True

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield Line(server.sockets[0].getsockname()[1], cut, mend)
    finally:
        cut()
        server.close()


async def _refused(user, method, path, body, code):
    answer = await user.http.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, code), answer.text
    assert int(answer.headers["retry-after"]) > 0


async def test_without_the_database_requests_wait_their_turn_and_results_are_kept(
    start, sign_up, database_url, worker
):
    parts = urlsplit(database_url)
    async with line_to(parts.hostname, parts.port) as line:
        gateway = await start(database=database_url.replace(f":{parts.port}/", f":{line.port}/"))
        user = await sign_up(gateway)
        job_id = await user.submit()
        request = await worker.take()
        line.cut()
        await _refused(user, "GET", "/user", None, "database_unavailable")
        ready = await user.http.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        assert ready.json()["parts"]["database"] != "ok"
        await worker.end(request)
        line.mend()
        await user.until(job_id, "completed")
        await gateway.stop()


async def test_without_the_object_store_pictures_cannot_be_checked(start, sign_up, storage_settings):
    parts = urlsplit(storage_settings.s3_endpoint_url)
    async with line_to(parts.hostname, parts.port) as line:
        gateway = await start(s3=f"http://127.0.0.1:{line.port}")
        user = await sign_up(gateway)
        line.cut()
        await _refused(user, "POST", "/jobs/weaver", user.wanted(), "storage_unavailable")
        line.mend()
        await user.submit()
        await gateway.stop()


async def test_without_nats_jobs_are_accepted_and_published_later(start, sign_up, nats_url, worker):
    parts = urlsplit(nats_url)
    async with line_to(parts.hostname, parts.port) as line:
        gateway = await start(nats_server=f"nats://127.0.0.1:{line.port}")
        user = await sign_up(gateway)
        line.cut()
        job_id = await user.submit()
        line.mend()
        async with asyncio.timeout(60):
            while (await worker.js.stream_info("TRYON")).state.messages != 1:
                await asyncio.sleep(0.1)
        request = await worker.take()
        assert request.job_id == job_id
        await worker.end(request)
        await user.until(job_id, "completed")
        await gateway.stop()


async def test_what_was_published_while_the_line_to_nats_was_cut_is_heard_in_order(
    start, sign_up, nats_url, worker
):
    """Also when an event comes first thing over the new line."""
    parts = urlsplit(nats_url)
    async with line_to(parts.hostname, parts.port) as line:
        gateway = await start(nats_server=f"nats://127.0.0.1:{line.port}")
        user = await sign_up(gateway)
        published, heard = [], []

        async def publish(count):
            for _ in range(count):
                event = JobEvent(
                    type="status", job_id=new_job_id(), job_type="try_on", user_id=user.id, vton_id=user.vton,
                    status="queued", at=datetime.now(UTC),
                )  # fmt: skip
                body = event.model_dump_json().encode()
                published.append((await worker.js.publish(f"events.{user.id}", body)).seq)
                await asyncio.sleep(0.03)

        async with user.listen(gateway, "&since=0") as ws:
            await publish(3)
            heard += [(await hear(ws)).seq for _ in range(3)]
            line.cut()
            await publish(5)
            line.mend()
            await publish(60)  # the connection is made again meanwhile
            while len(heard) < len(published):
                heard.append((await hear(ws)).seq)
        assert heard == published
        await gateway.stop()
