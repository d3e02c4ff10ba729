"""Behind a pooler by transaction everything works, though the connection string does not speak of one."""

import asyncio
import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from databases import own_database
from programs import program

from services.embedded.process import free_port, listening, spawn, wait_ready
from services.gateway.db.migrate import migrate
from services.gateway.db.pooler import as_it_is_reached

_SETTINGS = """
[databases]
* = host=127.0.0.1 port={behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = 4
server_round_robin = {turns}
"""


@pytest.fixture
async def pooler(postgres_server):
    """Start one, and say where a database is behind it."""
    command, children = program("pgbouncer"), []
    # Not below pytest's own directory, which nobody else may enter.
    with tempfile.TemporaryDirectory(prefix="proteus-pooler-") as name:

        async def start(mode="transaction", turns=0):
            port, folder = free_port(), Path(name) / f"{mode}-{turns}"
            folder.mkdir()
            server = urlsplit(postgres_server.url)
            written = _SETTINGS.format(behind=server.port, port=port, folder=folder, mode=mode, turns=turns)
            (folder / "settings.ini").write_text(written)
            (folder / "users").write_text(f'"{server.username}" "{server.password}"\n')
            for each in (Path(name), folder):
                each.chmod(0o755)
            user = ["-u", "nobody"] if os.geteuid() == 0 else []
            child = await spawn("pgbouncer", [command, *user, folder / "settings.ini"], Path(f"{name}.log"))
            children.append(child)
            await wait_ready(child, lambda: listening(port), 60)
            return lambda url: url.replace(f":{server.port}/", f":{port}/")

        yield start
        for child in children:
            await child.stop()
    Path(f"{name}.log").unlink()


@pytest.mark.parametrize(
    ("mode", "turns", "pooled"), [("transaction", 0, True), ("transaction", 1, True), ("session", 0, False)]
)
async def test_a_pooler_is_noticed_where_it_keeps_no_statement(pooler, postgres_server, mode, turns, pooled):
    url = (await pooler(mode, turns))(postgres_server.url)
    assert await as_it_is_reached(url) == (f"{url}?pgbouncer=true" if pooled else url)
    assert await as_it_is_reached(postgres_server.url) == postgres_server.url


async def test_a_schema_is_brought_up_to_date_through_it_and_no_lock_stays(pooler, postgres_server):
    behind = await pooler()
    async with own_database(postgres_server) as url:
        await asyncio.gather(*(migrate(behind(url)) for _ in range(3)))
        straight = await asyncpg.connect(url)
        assert await straight.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0
        assert await straight.fetchval("SELECT count(*) FROM users") == 0
        await straight.close()


async def test_two_gateways_behind_it_do_all_that_they_do_elsewhere(site, join, pooler):
    site.database_url = (await pooler(turns=1))(site.database_url)
    async with site.gateway() as one, site.gateway() as other:
        people = [await join(url) for url in (one, other, one, other)]
        await asyncio.gather(*(person.prepare() for person in people))
        await asyncio.gather(*(person.try_on() for person in people for _ in range(5)))
        job = await people[-1].try_on()
        request = await site.request(job=job)
        await site.started(request)
        await site.ended(request)
        async with asyncio.timeout(60):
            while (await people[-1].http.get(f"/jobs/{job}")).json()["status"] != "completed":
                await asyncio.sleep(0.02)
        answers = await asyncio.gather(*(person.http.get("/vton") for person in people for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        assert {(await person.leave()).status_code for person in people} == {204}
