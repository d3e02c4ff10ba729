"""What can happen to a system. Each breaks something for some seconds, and mends it."""

import asyncio
import contextlib
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import nats.errors
import nats.js.errors

from benchmarks.faults.site import COMES_BACK_SECONDS, Site, free_disk
from services.provision import provision_all
from services.storage import StoreUnavailable
from streams.topology import ACK_WAIT_SECONDS

Break = Callable[[Site, random.Random], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """``needs`` names the kind of site: plain, cluster, clock, disk, wiped."""

    name: str
    break_: Break
    needs: str = "plain"


def _kill(part: str, times: int = 1) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        for _ in range(times):
            site.part(part).pause = rng.uniform(0.1, 1.5)
            site.part(part).kill()
            await site.hold(1.5, 3.0)

    return go


def _freeze(part: str, shortest: float, longest: float) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        site.part(part).freeze()
        try:
            await site.hold(shortest, longest)
        finally:
            site.part(part).thaw()

    return go


async def _stall(site: Site, rng: random.Random) -> None:
    """Its messages are given to the other weaver; then it wakes, and says how they went. Never shorter."""
    site.part("weaver-1").freeze()
    try:
        await asyncio.sleep(rng.uniform(1.1, 1.2) * ACK_WAIT_SECONDS)
    finally:
        site.part("weaver-1").thaw()


def _cut(kind: str, server: str, hang: bool = False) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        line = site.lines[kind, server]
        if hang:
            line.hang()
        else:
            line.cut()
        try:
            await site.hold(2.0, 5.0)
        finally:
            line.mend()

    return go


async def _slow_storage(site: Site, rng: random.Random) -> None:
    lines = [line for (_, server), line in site.lines.items() if server == "s3"]
    for line in lines:
        line.delay = 5.0
    await site.hold(8.0, 12.0)
    for line in lines:
        line.mend()


async def _failing_storage(site: Site, rng: random.Random) -> None:
    lines = [line for (_, server), line in site.lines.items() if server == "s3"]
    for line in lines:
        line.failing = 0.2
    await site.hold(5.0, 8.0)
    for line in lines:
        line.mend()


async def _full_queue(site: Site, rng: random.Random) -> None:
    """The request streams refuse: the outbox holds what was accepted, and new jobs are refused."""
    for limit in (1024, 2**30):  # as little as nothing; what `proteus provision` sets
        for name in ("TRYON", "TAILOR"):
            await _limit(site, name, limit)
        if limit == 1024:
            await site.hold(3.0, 6.0)


async def _limit(site: Site, stream: str, max_bytes: int) -> None:
    """However often it takes: another fault may have taken NATS away."""
    async with asyncio.timeout(COMES_BACK_SECONDS):
        while True:
            client = await site.client()
            try:
                js = client.jetstream(timeout=5)
                config = (await js.stream_info(stream)).config
                await js.update_stream(config.evolve(max_bytes=max_bytes))
                return
            except (nats.errors.Error, nats.js.errors.Error):
                await asyncio.sleep(0.3)
            finally:
                await client.close()


async def _full_disk(site: Site, rng: random.Random) -> None:
    """Nothing is left on NATS's disk; then an operator makes room, and starts a server that gave up again."""
    mount = site.directory / "disk"
    filler = mount / "filler"
    with filler.open("wb", buffering=0) as file:
        while free_disk(mount):
            try:
                file.write(b"\0" * min(65536, max(1, free_disk(mount))))
            except OSError:
                break
    await site.hold(3.0, 6.0)
    filler.unlink()
    site.part("nats").kill()
    await asyncio.sleep(1.0)


async def _lose_disk(site: Site, rng: random.Random) -> None:
    """NATS comes back with nothing: no request, no result, no stream; and its operator provisions it."""
    site.wiped = True
    part = site.part("nats")
    part.held.clear()
    part.kill()
    try:
        await site.hold(1.0, 2.0)
        await asyncio.to_thread(shutil.rmtree, site.nats_data / "jetstream", ignore_errors=True)
    finally:
        part.held.set()
    async with asyncio.timeout(COMES_BACK_SECONDS):
        while True:
            await asyncio.sleep(0.3)
            with contextlib.suppress(nats.errors.Error, nats.js.errors.Error, OSError, StoreUnavailable):
                await provision_all(site.environment)
                return


def _set_clock(seconds: int) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        assert site.clock is not None
        site.clock.move(seconds)
        await site.hold(4.0, 6.0)
        site.clock.move(0)

    return go


async def _kill_leaders(site: Site, rng: random.Random) -> None:
    """Again and again: whoever leads the stream of requests."""
    for _ in range(4):
        part = site.part(await _leader(site))
        part.pause = rng.uniform(0.5, 2.0)
        part.kill()
        await site.hold(4.0, 8.0)


async def _leader(site: Site) -> str:
    """The part that leads TRYON, once there is one."""
    async with asyncio.timeout(COMES_BACK_SECONDS):
        while True:
            client = await site.client()
            try:
                info = await client.jetstream(timeout=5).stream_info("TRYON")
                if info.cluster and info.cluster.leader:
                    return f"nats-{int(info.cluster.leader[1:]) + 1}"
            except (nats.errors.Error, nats.js.errors.Error):
                pass
            finally:
                await client.close()
            await asyncio.sleep(0.2)


FAULTS = [
    *(Fault(f"kill -9 {part}", _kill(part)) for part in ("weaver-1", "tailor", "arbitrator", "gateway-1", "gateway-2")),
    *(Fault(f"kill -9 {part}", _kill(part)) for part in ("nats", "postgres", "s3")),
    *(Fault(f"SIGSTOP {part}", _freeze(part, 3, 6)) for part in ("tailor", "arbitrator", "gateway-1", "gateway-2")),
    Fault("SIGSTOP weaver-1 past ack_wait", _stall),
    *(Fault(f"SIGSTOP {part}", _freeze(part, 3, 6)) for part in ("nats", "postgres", "s3")),
    *(
        Fault(f"{kind} cut off from {server}", _cut(kind, server))
        for kind, server in (
            ("gateway", "nats"), ("gateway", "postgres"), ("gateway", "s3"), ("weaver", "nats"),
            ("weaver", "s3"), ("tailor", "nats"), ("tailor", "s3"), ("arbitrator", "nats"),
        )
    ),
    *(
        Fault(f"{kind} to {server}: packets dropped", _cut(kind, server, hang=True))
        for kind, server in (("gateway", "nats"), ("gateway", "postgres"), ("weaver", "nats"), ("weaver", "s3"))
    ),
    Fault("S3 slow (5 s)", _slow_storage),
    Fault("S3 fails one request in five", _failing_storage),
    Fault("request streams full", _full_queue),
    Fault("NATS loses its disk", _lose_disk, "wiped"),
    Fault("NATS's disk full", _full_disk, "disk"),
    Fault("clocks +1 h", _set_clock(3600), "clock"),
    Fault("clocks -1 h", _set_clock(-3600), "clock"),
    Fault("cluster of three, leader killed four times", _kill_leaders, "cluster"),
]  # fmt: skip
