"""Real servers for every test, started once a session and only when asked for; each test has its own part of them."""

import asyncio
import contextlib
import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
from databases import own_database, trust_the_machine

from services.embedded.nats import start_nats
from services.embedded.postgres import PostgresServer, start_postgres
from services.embedded.process import Child
from services.embedded.s3 import S3Server, start_s3
from services.settings import StorageSettings
from services.storage import ObjectStore, open_store
from services.worker.heap import trim

# An example may take as long as the machine needs.
hypothesis.settings.register_profile(
    "tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("tests")

#: A process of a run has one core to itself at best. Libraries whose threads wait for one another in a loop, on a core
#: that somebody else wants, too, take twenty times as long as with one.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENCV_FOR_THREADS_NUM": "1"}

#: Whole systems: they take longest, and a run is over sooner when they do not begin last.
_FIRST = {"faults", "system", "cli", "benchmarks"}


def pytest_configure(config: pytest.Config) -> None:
    """A folder of this run's own: another run of pytest closes the usual one to the user that PostgreSQL runs as.

    Processes that tests start, too, keep to one thread where their settings say nothing of it.
    """
    os.environ.update(_ONE_THREAD)
    if config.option.basetemp is None:  # xdist tells its workers theirs
        config.option.basetemp = tempfile.mkdtemp(prefix="proteus-tests-")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """After a failure the folder stays, with the logs of the servers."""
    if exitstatus == 0 and not hasattr(session.config, "workerinput"):
        shutil.rmtree(session.config.option.basetemp, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long modules first."""
    items.sort(key=lambda item: item.path.parent.name not in _FIRST)


@pytest.fixture(autouse=True)
def spared() -> Iterator[None]:
    """A worker that ran in this process told the collector to leave alone all that was there: it is looked at again."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.fixture(autouse=True)
def no_heap_is_kept() -> Iterator[None]:
    """What a test freed is the system's again: else a process is as large as all that lay beside each other once."""
    yield
    trim()


@pytest.fixture(autouse=True, scope="module")
def no_engine_is_kept() -> Iterator[None]:
    """Nor networks and what they saw. Engines hang together in rings, which only the collector finds."""
    yield
    # Not at the top: libraries read how many threads they may use when they load, and `pytest_configure` says it.
    from inference.check.checker import checker
    from inference.garment.salient import let_go
    from inference.ocr import lines
    from inference.person import analyse

    let_go()
    checker.cache_clear()
    analyse._own.clear()
    lines.load.cache_clear()
    gc.collect()
    trim()


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are not counted in the processes that this test starts: counting makes them half as quick."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
async def nats_url(tmp_path: Path) -> AsyncIterator[str]:
    """A fresh nats-server with JetStream: it starts in 40 ms, so each test has its own."""
    server = await start_nats(tmp_path / "nats", tmp_path / "logs", port=0)
    yield server.url
    await server.child.stop()


class _Background:
    """An event loop that lives as long as the session, for servers that outlive a test's loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.children: list[Child] = []
        self.open = contextlib.AsyncExitStack()

    def run(self, coroutine):
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, 180))

    def close(self) -> None:
        self.run(self.open.aclose())
        for child in self.children:
            self.run(child.stop())
        self.loop.close()


@pytest.fixture(scope="session")
def background() -> Iterator[_Background]:
    loop = _Background()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def s3_server(background: _Background, tmp_path_factory: pytest.TempPathFactory) -> S3Server:
    directory = tmp_path_factory.mktemp("s3")
    server = background.run(start_s3(directory, directory, "unused", port=0))
    background.children.append(server.child)
    return server


@pytest.fixture(scope="session")
def postgres_server(background: _Background) -> Iterator[PostgresServer]:
    # Not below pytest's own directory: another run of pytest closes that to the user that PostgreSQL runs as.
    with tempfile.TemporaryDirectory(prefix="proteus-postgres-") as name:
        server = background.run(start_postgres(Path(name), Path(name), port=0))
        background.run(trust_the_machine(server))
        yield server
        background.run(server.child.stop())


@pytest.fixture(scope="session")
def free_buckets() -> list[tuple[StorageSettings, ObjectStore]]:
    """Empty ones: making another costs more than emptying one, and takes one of the server's few volumes."""
    return []


@pytest.fixture
def storage_settings(
    background: _Background, s3_server: S3Server, free_buckets: list[tuple[StorageSettings, ObjectStore]]
) -> Iterator[StorageSettings]:
    """A bucket of the test's own."""
    if not free_buckets:
        new = StorageSettings(
            s3_endpoint_url=s3_server.endpoint,
            s3_bucket=f"test-{secrets.token_hex(6)}",
            aws_access_key_id=s3_server.access_key,
            aws_secret_access_key=s3_server.secret_key,
        )
        store = background.run(background.open.enter_async_context(open_store(new)))
        background.run(store.provision(["*"]))
        free_buckets.append((new, store))
    settings, store = free_buckets.pop()
    yield settings
    background.run(store.delete_prefix(""))
    free_buckets.append((settings, store))


@pytest.fixture
async def database_url(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """An empty database of the test's own."""
    async with own_database(postgres_server) as url:
        yield url
