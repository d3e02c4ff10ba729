"""Celery and a redis-server of its own."""

import contextlib
import shutil
from collections.abc import AsyncIterator

from benchmarks.peers import environment
from benchmarks.peers.side import RunContext, Side, Stage
from services.embedded.process import Child, free_port, listening, spawn, wait_ready


def _why_not() -> str | None:
    return None if shutil.which("redis-server") else "there is no redis-server: `apt install redis-server`"


def _side(name: str, what: str, settings: dict[str, str], only: frozenset[str] | None = None) -> Side:
    @contextlib.asynccontextmanager
    async def start(place: RunContext) -> AsyncIterator[Stage]:
        port = free_port()
        data = place.directory / "redis"
        data.mkdir()
        server = await spawn(
            "redis-server",
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", data],
            place.logs / "redis.log",
        )
        try:
            await wait_ready(server, lambda: listening(port), 15)
            told = {"PEERS_SERVER": f"redis://127.0.0.1:{port}", **settings, **place.variables}
            variables = environment.variables(told)

            async def start_worker() -> Child:
                options = ["--pool", "solo", "--loglevel", "WARNING"]
                command = [
                    environment.program("celery"),
                    "-A",
                    "benchmarks.peers.celery.worker",
                    "worker",
                    *options,
                ]
                return await spawn("celery", command, place.logs / "worker.log", variables)

            client = [environment.program("python"), "-m", "benchmarks.peers.celery.client"]
            yield Stage(start_worker, client, variables)
        finally:
            await server.stop()

    return Side(name, what, _why_not, start, only)


CELERY = _side("celery", "Celery, celery-batches, Redis; acknowledges early, as is its default", {})
CELERY_LATE = _side(
    "celery-late",
    "the same with task_acks_late, a visibility timeout of 30 s, and a look for what outlived it every 10 s",
    {"PEERS_CELERY_LATE": "1"},
    only=frozenset({"kill -9"}),
)
