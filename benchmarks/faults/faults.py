"""What can happen to a system. Each breaks something for some seconds, and mends it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nats.js.api import StreamConfig

from benchmarks.faults.site import Site, free_disk

Break = Callable[[Site, random.Random], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    """``needs`` names the kind of site: plain, cluster, clock, disk."""

    name: str
    break_: Break
    needs: str = "plain"


def _kill(part: str, times: int = 1) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        for _ in range(times):
            site.part(part).pause = rng.uniform(0.1, 1.5)
            site.part(part).kill()
            await asyncio.sleep(rng.uniform(1.5, 3.0))

    return go


def _freeze(part: str, shortest: float, longest: float) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        site.part(part).freeze()
        try:
            await asyncio.sleep(rng.uniform(shortest, longest))
        finally:
            site.part(part).thaw()

    return go


def _cut(kind: str, server: str, hang: bool = False) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        line = site.lines[kind, server]
        if hang:
            line.hang()
        else:
            line.cut()
        try:
            await asyncio.sleep(rng.uniform(2.0, 5.0))
        finally:
            line.mend()

    return go


async def _slow_storage(site: Site, rng: random.Random) -> None:
    lines = [line for (_, server), line in site.lines.items() if server == "s3"]
    for line in lines:
        line.delay = 5.0
    await asyncio.sleep(rng.uniform(8.0, 12.0))
    for line in lines:
        line.mend()


async def _failing_storage(site: Site, rng: random.Random) -> None:
    lines = [line for (_, server), line in site.lines.items() if server == "s3"]
    for line in lines:
        line.failing = 0.2
    await asyncio.sleep(rng.uniform(5.0, 8.0))
    for line in lines:
        line.mend()


async def _full_queue(site: Site, rng: random.Random) -> None:
    """The request streams refuse: the outbox holds what was accepted, and new jobs are refused."""
    client = await site.client()
    js = client.jetstream()
    limits: dict[str, StreamConfig] = {}
    for name in ("TRYON", "TAILOR"):
        limits[name] = (await js.stream_info(name)).config
        await js.update_stream(limits[name].evolve(max_bytes=1024))
    await asyncio.sleep(rng.uniform(3.0, 6.0))
    for config in limits.values():
        await js.update_stream(config)
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
    await asyncio.sleep(rng.uniform(3.0, 6.0))
    filler.unlink()
    site.part("nats").kill()
    await asyncio.sleep(1.0)


def _clock(service: str, seconds: int) -> Break:
    async def go(site: Site, rng: random.Random) -> None:
        assert site.clock is not None
        site.clock.write_text(f"{seconds:+d}\n")
        await asyncio.sleep(rng.uniform(4.0, 6.0))
        site.clock.write_text("+0\n")

    return go


async def _kill_leaders(site: Site, rng: random.Random) -> None:
    """Again and again: whoever leads the stream of requests."""
    for _ in range(4):
        client = await site.client()
        info = await client.jetstream(timeout=10).stream_info("TRYON")
        await client.close()
        leader = info.cluster.leader if info.cluster else None
        number = int(leader[1:]) + 1 if leader else 1
        part = site.part(f"nats-{number}")
        part.pause = rng.uniform(0.5, 2.0)
        part.kill()
        await asyncio.sleep(rng.uniform(4.0, 8.0))


FAULTS = [
    *(Fault(f"kill -9 {part}", _kill(part)) for part in ("weaver-1", "tailor", "arbitrator", "gateway-1", "gateway-2")),
    *(Fault(f"kill -9 {part}", _kill(part)) for part in ("nats", "postgres", "s3")),
    *(Fault(f"SIGSTOP {part}", _freeze(part, 3, 6)) for part in ("tailor", "arbitrator", "gateway-1", "gateway-2")),
    Fault("SIGSTOP weaver-1 past ack_wait", _freeze("weaver-1", 34, 38)),
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
    Fault("NATS's disk full", _full_disk, "disk"),
    Fault("clocks of services +1 h", _clock("all", 3600), "clock"),
    Fault("clocks of services -1 h", _clock("all", -3600), "clock"),
    Fault("cluster of three, leader killed four times", _kill_leaders, "cluster"),
]  # fmt: skip
