"""What `proteus up` leaves on a machine that others use, too, and what it says of machines where it cannot run."""

import asyncio
import contextlib
import json
import os
import re
import socket
import stat
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from loopback import http_client

UP = [sys.executable, "-m", "services.cli", "up", "--engine", "simulated", "--no-web"]


@contextlib.asynccontextmanager
async def _up(data, *more, **environment):
    """A running system: what it left for the other commands, and what it has said so far."""
    process = await asyncio.create_subprocess_exec(
        *UP, "--data-dir", data, *more, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PROTEUS_TAILOR_ENGINE": "simulated", **environment},
    )  # fmt: skip
    said = b""
    try:
        async with asyncio.timeout(600):
            while b"Ctrl-C" not in said:
                line = await process.stderr.readline()
                assert line, said.decode()
                said += line
        yield json.loads((data / "up.json").read_text()), said.decode()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 120)


@pytest.fixture
def place():
    """A folder of the test's own. Not below pytest's: another run of it closes that to PostgreSQL's user."""
    with tempfile.TemporaryDirectory(prefix="proteus-private-") as name:
        yield Path(name)


def _within_reach(path):
    """What of it others could touch or pass through."""
    mode = path.lstat().st_mode
    if not stat.S_ISLNK(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield path
        if stat.S_ISDIR(mode) and mode & (stat.S_IXGRP | stat.S_IXOTH):
            for below in path.iterdir():
                yield from _within_reach(below)


async def test_nothing_that_is_kept_is_anybody_elses_business(place):
    """Not a moment of it: the folder is watched from before the start, with the umask that most systems have."""
    data = place / "data"
    seen: set[str] = set()

    async def watch():
        while True:
            with contextlib.suppress(OSError):
                seen.update(f"{path} {oct(path.stat().st_mode)}" for path in _within_reach(data))
            await asyncio.sleep(0)

    before = os.umask(0o022)
    watching = asyncio.create_task(watch())
    try:
        async with _up(data, "--port", "0") as (state, said):
            async with http_client(state["url"]) as http:
                await http.post("/user/guest")
                ask = {"fileName": "a.jpg", "fileType": "image/jpeg", "fileSize": 9}
                ticket = (await http.post("/images/presignedUploadUrl", json=ask)).json()
                put = await http.put(ticket["url"], content=b"a picture", headers=ticket["headers"])
                assert put.status_code == 200
            password = state["nats_url"].partition("operator:")[2].partition("@")[0]
            assert password and password not in said
    finally:
        os.umask(before)
        watching.cancel()
    # As root, PostgreSQL's own user has to pass through two folders, and can list neither.
    may_pass = {f"{folder} {oct(stat.S_IFDIR | 0o710)}" for folder in (data, data / "postgres")}
    assert seen - may_pass == set()
    assert set(_within_reach(data)) <= {data, data / "postgres"}


async def test_a_port_is_the_gateways_even_if_a_server_of_ours_likes_it(place):
    """8222 is where nats-server tells how it is."""
    with socket.socket() as asked:
        if asked.connect_ex(("127.0.0.1", 8222)) == 0:
            pytest.skip("somebody has the port")
    async with _up(place / "data", "--port", "8222") as (state, said):
        assert state["url"] == "http://127.0.0.1:8222"
        assert re.search(r"try it: .* tryon .* --data-dir \S*data\n", said), (
            "which finds the port by the directory"
        )


async def test_systems_that_start_at_one_moment_are_found_where_they_listen_and_do_not_meet(place):
    """Each finds its own servers and nobody else's, and shows the operator's login when it is asked for."""
    ipv6 = any(a.address == "::1" for on in psutil.net_if_addrs().values() for a in on)
    hosts = ("0.0.0.0", "127.0.0.2", *(("::1", "::") if ipv6 else ("127.0.0.3",)))
    async with contextlib.AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client())
        starts = [
            stack.enter_async_context(
                _up(place / str(number), "--port", "0", "--show-nats", PROTEUS_HOST=host)
            )
            for number, host in enumerate(hosts)
        ]
        started = await asyncio.gather(*starts)
        systems = [state for state, _ in started]
        for state, said in started:
            assert state["nats_url"] in said
            assert (await http.get(f"{state['url']}/healthz")).status_code == 200
        for part in ("url", "nats_url", "s3_endpoint_url", "database_url"):
            assert len({state[part] for state in systems}) == len(systems)
    if not ipv6:
        pytest.skip("no IPv6 here: IPv4 was tried")


async def _fails(data, **environment):
    """Exit code and what was said."""
    where = () if data is None else ("--data-dir", data)
    process = await asyncio.create_subprocess_exec(
        *UP, "--port", "0", *where, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )  # fmt: skip
    _, said = await asyncio.wait_for(process.communicate(), 120)
    return process.returncode, said.decode(errors="replace").strip()


async def test_where_it_cannot_keep_its_data_it_says_so_in_one_line(place):
    (place / "file").touch()
    for where in (place / "file", place / "file" / "below", "/proc/proteus", "/dev/null"):
        code, said = await _fails(where)
        assert code == 1 and len(said.splitlines()) == 1, said
        assert str(where) in said and "--data-dir" in said and "Traceback" not in said


async def test_without_a_home_to_write_to_it_says_so_in_one_line(place):
    """HOME is a file."""
    (place / "home").touch()
    plain = {"XDG_DATA_HOME": "", "PROTEUS_DATA_DIR": "", "HOME": str(place / "home")}
    code, said = await _fails(None, **plain)
    assert code == 1 and len(said.splitlines()) == 1, said
    assert str(place / "home") in said and "--data-dir" in said


async def test_an_address_of_another_machine_is_named(place):
    code, said = await _fails(place / "data", PROTEUS_HOST="192.0.2.7")
    assert code == 1 and "192.0.2.7" in said and "Traceback" not in said


async def test_a_place_whose_name_no_terminal_can_show_is_no_fault(place):
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    (place / "Größe").touch()
    code, said = await _fails(place / "Größe", **plain)
    assert code == 1 and "Traceback" not in said and "--data-dir" in said
