"""The suite's own tools break what they say they break."""

import asyncio
import contextlib
import random
import sys

import pytest

from benchmarks.faults.clock import Clock, why_not
from benchmarks.faults.faults import FAULTS
from benchmarks.faults.line import open_line
from benchmarks.faults.run import choose


async def _ask_time(clock):
    code = "import time, datetime; print(time.time(), datetime.datetime.now().timestamp(), time.monotonic())"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, env=dict(clock.environment), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return [float(part) for part in out.split()]


@pytest.mark.skipif(why_not() is not None, reason=str(why_not()))
async def test_a_set_clock_moves_the_wall_clock_alone(tmp_path):
    clock = Clock(tmp_path)
    before = await _ask_time(clock)
    clock.move(3600)
    after = await _ask_time(clock)
    passed = after[2] - before[2]
    assert [round(after[clock] - before[clock] - passed) for clock in (0, 1)] == [3600, 3600]
    assert 0 <= passed < 3600


async def test_a_line_passes_on_is_cut_and_answers_500_in_the_servers_place():
    async def echo(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with open_line(server.sockets[0].getsockname()[1], random.Random(1)) as line:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"hello")
        assert await asyncio.wait_for(reader.readexactly(5), 60) == b"hello"
        line.failing = 1.0
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(100), 60)).startswith(b"HTTP/1.1 500")
        writer.close()
        line.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        line.hang()
        writer.write(b"later")
        line.mend()
        assert await asyncio.wait_for(reader.readexactly(5), 60) == b"later"
        line.cut()
        with contextlib.suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(5), 60) == b""
        writer.close()
    server.close()


def test_every_part_and_every_pair_has_its_fault():
    names = "\n".join(fault.name for fault in FAULTS)
    for part in ("weaver", "tailor", "arbitrator", "gateway-1", "gateway-2", "nats", "postgres", "s3"):
        assert f"kill -9 {part}" in names and f"SIGSTOP {part}" in names
    for pair in ("gateway cut off from nats", "gateway cut off from postgres", "gateway cut off from s3",
                 "weaver cut off from nats", "weaver cut off from s3", "tailor cut off from nats",
                 "tailor cut off from s3", "arbitrator cut off from nats"):  # fmt: skip
        assert choose([pair])
    assert {fault.needs for fault in FAULTS} == {"plain", "disk", "clock", "cluster", "wiped"}
