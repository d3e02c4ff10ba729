"""Embedded servers: real, on loopback, with kept data and kept secrets."""

import asyncio
import os
import re
import socket
import stat
import sys
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest
from loopback import http_client

from services.embedded.folders import make_private
from services.embedded.nats import start_nats
from services.embedded.postgres import start_postgres
from services.embedded.process import StartError, executable, free_port, listening, spawn, wait_ready
from services.embedded.s3 import port_with_sockets, start_s3
from services.settings import StorageSettings
from services.storage import ObjectMissing, ObjectTooLarge, StoreUnavailable, open_store

ROOT = Path(__file__).parents[2]
#: Everything that we write for nats-server.
NATS_CONFIGURATIONS = [
    ROOT / name
    for name in (
        "services/embedded/nats.py", "ops/nats/compose.conf", "ops/k8s/base/nats.yaml",
        "ops/k8s/overlays/local/kustomization.yaml", "benchmarks/faults/cluster.py",
        "tests/ops/scaling/test_keda_replay.py",
    )
]  # fmt: skip


async def test_streams_survive_a_restart(tmp_path):
    for expected in (1, 2):
        server = await start_nats(tmp_path, tmp_path, port=0)
        client = await nats.connect(server.url)
        js = client.jetstream(timeout=60)
        await js.add_stream(name="S", subjects=["s"])
        await js.publish("s", b"x")
        assert (await js.stream_info("S")).state.messages == expected
        await client.close()
        await server.child.stop()
        assert not await listening(int(server.url.rsplit(":", 1)[1]))


async def test_rows_survive_a_restart_and_a_password_is_asked_for(tmp_path):
    for _ in range(2):
        make_private(tmp_path / "pg")  # as each `proteus up` does
        server = await start_postgres(tmp_path / "pg", tmp_path, port=0)
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE TABLE IF NOT EXISTS t (n int)")
        await connection.execute("INSERT INTO t VALUES (1)")
        count = await connection.fetchval("SELECT count(*) FROM t")
        await connection.close()
        password = (tmp_path / "pg" / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url.replace(password, "wrong"))
        await server.child.stop()
    assert count == 2
    assert stat.S_IMODE((tmp_path / "pg" / "password").stat().st_mode) == 0o600


async def test_objects_survive_a_restart_at_the_same_address(tmp_path):
    """Pages that are open have URLs of pictures."""
    endpoints = set()
    for first in (True, False):
        server = await start_s3(tmp_path / "s3", tmp_path, "pictures", port=0)
        endpoints.add(server.endpoint)
        settings = StorageSettings(
            s3_endpoint_url=server.endpoint, s3_bucket="pictures", aws_access_key_id=server.access_key,
            aws_secret_access_key=server.secret_key,
        )  # fmt: skip
        async with open_store(settings) as store:
            if first:
                await store.put("users/a/x", b"12345", "image/png")
            assert await store.get("users/a/x", 5) == b"12345"
            with pytest.raises(ObjectTooLarge):
                await store.get("users/a/x", 4)
            with pytest.raises(ObjectMissing):
                await store.get("users/a/y", 5)
        await server.child.stop()
    assert len(endpoints) == 1
    assert stat.S_IMODE((tmp_path / "s3" / "secret").stat().st_mode) == 0o600
    async with open_store(settings) as store:
        with pytest.raises(StoreUnavailable):
            await store.ping()


@pytest.mark.parametrize("other", [False, True])
def test_a_socket_that_another_user_left_in_tmp_is_not_in_the_way(other):
    """SeaweedFS names them by its ports, and may not remove what is not its user's."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
    left = Path(f"/tmp/seaweedfs-s3-{port}.sock")
    left.touch()
    try:
        assert (port_with_sockets(os.geteuid() + other, port) != port) is other
    finally:
        left.unlink()


async def test_a_taken_port_is_replaced_by_a_free_one():
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    taken = server.sockets[0].getsockname()[1]
    assert free_port(taken) not in (taken, 0)
    server.close()
    await server.wait_closed()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere two that start at one moment may collide")
async def test_two_that_start_at_one_moment_are_not_given_one_port():
    """Neither listens yet: `proteus up` asks for the port long before its server has it."""
    wanted = [free_port() for _ in range(100)]  # of more than one of the blocks in which ports are handed out
    ask = f"from services.embedded.process import free_port; print(*map(free_port, {wanted}), flush=True); input()"

    async def other():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ask, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        said = await asyncio.wait_for(process.stdout.readline(), 60)
        return process, [int(port) for port in said.split()]

    (first, its_ports), (second, others) = await other(), await other()
    assert its_ports == wanted and not set(wanted) & set(others)
    await first.communicate(b"\n")
    third, again = await other()
    assert again == wanted, "the ports of a process that ended are free"
    for process in (second, third):
        await process.communicate(b"\n")


async def test_a_program_that_ends_says_its_last_words(tmp_path):
    child = await spawn("shell", ["/bin/sh", "-c", "echo no luck today; exit 3"], tmp_path / "log")
    with pytest.raises(StartError, match=r"shell ended with 3:\nno luck today"):
        await wait_ready(child, lambda: listening(1), 60)
    with pytest.raises(StartError, match="make install"):
        executable("no-such-program")


async def test_a_program_that_is_never_ready_is_stopped(tmp_path):
    child = await spawn("sleeper", ["/bin/sh", "-c", "trap '' TERM; sleep 60"], tmp_path / "log")
    with pytest.raises(StartError, match="not ready after 0 s"):
        await wait_ready(child, lambda: listening(1), 0.2)
    assert not psutil.pid_exists(child.process.pid)


@pytest.mark.parametrize(
    ("asked", "always", "seconds"), [("always", True, 120), ("2m", None, 120), ("45s", None, 45)]
)
async def test_nats_flushes_to_disk_as_often_as_it_is_asked_to(tmp_path, asked, always, seconds):
    """As the server itself tells: it takes an unquoted 2m for 23 days."""
    server = await start_nats(tmp_path, tmp_path, port=0, sync_interval=asked)
    async with http_client() as http:
        found = (await http.get(f"http://127.0.0.1:{server.monitor_port}/jsz")).json()["config"]
    assert (found.get("sync_always"), found["sync_interval"]) == (always, seconds * 10**9)
    await server.child.stop()


@pytest.mark.parametrize("file", NATS_CONFIGURATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_durations_for_nats_are_quoted(file):
    """With the suffix m a bare number is millions."""
    assert not re.findall(r"^.*: *\d+(?:ms|s|m|h)\b(?!\").*$", _nats_part(file), re.MULTILINE)


def _nats_part(file: Path) -> str:
    """The lines that nats-server reads: all of a .conf, and the text blocks of other files."""
    text = file.read_text()
    if file.suffix == ".conf":
        return text
    blocks = re.findall(
        r'"""(.*?)"""'
        if file.suffix == ".py"
        else r"nats\.conf(?:: \||\n +value: \|-)\n(.*?)\n(?:---|  - target)",
        text,
        re.DOTALL,
    )
    assert blocks
    return "\n".join(blocks)


async def test_postgres_has_a_commit_on_disk_before_it_answers(tmp_path):
    server = await start_postgres(tmp_path / "pg", tmp_path, port=0)
    connection = await asyncpg.connect(server.url)
    shown = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    assert shown == ["on", "on"]
    await connection.close()
    await server.child.stop()
