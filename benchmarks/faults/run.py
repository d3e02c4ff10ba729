"""Runs faults, one after another, while a crowd shops; a verdict on each."""

import asyncio
import contextlib
import random
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from benchmarks.faults.clock import why_not
from benchmarks.faults.crowd import Customers
from benchmarks.faults.faults import FAULTS, Fault
from benchmarks.faults.site import Site, open_site
from benchmarks.faults.verdict import FaultVerdict, judge

#: Without news for so long, a job counts as lost. Much longer than ack_wait, two reconnects and a batch: only what is
#: lost waits to its end, and a machine may have a slow hour.
PATIENCE = 300.0
_DISK = "size=48m"

Say = Callable[[str], None]


@contextlib.asynccontextmanager
async def _small_disk(directory: Path) -> AsyncIterator[Path]:
    """A file system of its own below ``directory``. Raises OSError unless root may mount one."""
    mount = directory / "disk"
    mount.mkdir()
    if not await asyncio.to_thread(_mount, mount, _DISK):
        raise OSError("no file system could be mounted")
    try:
        yield mount
    finally:
        await asyncio.to_thread(_umount, mount)


def _mount(where: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(where)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _umount(where: Path) -> None:
    subprocess.run(["umount", "-l", where], check=False)


def missing(needs: str) -> str | None:
    """Why a kind of site cannot be had here, or None."""
    if needs == "clock":
        return why_not()
    if needs == "disk":
        with tempfile.TemporaryDirectory() as name:
            if not _mount(Path(name), "size=1m"):
                return "only root may mount a small file system for NATS"
            _umount(Path(name))
    return None


@contextlib.asynccontextmanager
async def _site(needs: str, directory: Path, rng: random.Random) -> AsyncIterator[Site]:
    async with contextlib.AsyncExitStack() as stack:
        disk = await stack.enter_async_context(_small_disk(directory)) if needs == "disk" else None
        made = open_site(
            directory,
            rng,
            members=3 if needs == "cluster" else 1,
            nats_data=disk / "nats" if disk else None,
            clock=needs == "clock",
        )
        yield await stack.enter_async_context(made)


async def run_faults(
    faults: Sequence[Fault], seed: int, jobs: int, users: int, rate: float, say: Say
) -> list[FaultVerdict]:
    """``jobs`` a fault, ``rate`` of them a second. Faults that need the same kind of site share one."""
    verdicts = []
    for needs in dict.fromkeys(fault.needs for fault in faults):
        rng = random.Random(f"{seed} {needs}")
        some = [fault for fault in faults if fault.needs == needs]
        rng.shuffle(some)
        with tempfile.TemporaryDirectory(prefix="proteus-faults-") as name:
            async with _site(needs, Path(name), rng) as site, _crowd(site, rng, users) as crowd:
                for fault in some:
                    verdict = await _run_one(fault, site, crowd, rng, jobs, rate)
                    verdicts.append(verdict)
                    say(f"{fault.name}: {verdict.problems() or 'ok'}")
    return verdicts


async def run_storm(
    faults: Sequence[Fault],
    seed: int,
    jobs: int,
    users: int,
    seconds: float,
    pace: float = 0.5,
    lanes: int = 3,
) -> FaultVerdict:
    """All of them upon one another, ``lanes`` at a time and ``pace`` as long, under ``jobs`` in ``seconds``.

    They must need the same kind of site.
    """
    (needs,) = {fault.needs for fault in faults}
    rng = random.Random(f"{seed} storm {needs}")
    waiting = list(faults)
    rng.shuffle(waiting)
    waiting.sort(key=lambda fault: "past ack_wait" not in fault.name)  # the long one lies under the others
    with tempfile.TemporaryDirectory(prefix="proteus-faults-") as name:
        async with _site(needs, Path(name), rng) as site, _crowd(site, rng, users) as crowd:
            site.pace = pace

            async def break_things() -> None:
                while waiting:
                    fault = waiting.pop(0)
                    await fault.break_(site, rng)

            async with asyncio.TaskGroup() as group:
                group.create_task(crowd.shop(jobs, seconds))
                for _ in range(lanes):
                    group.create_task(break_things())
            healed = time.monotonic()
            await crowd.settled(PATIENCE)
            accepted = {job: at for customer in crowd.customers for job, at in customer.accepted.items()}
            title = (
                f"{len(faults)} faults upon one another, seed {seed}" if len(faults) > 1 else faults[0].name
            )
            return await judge(title, site, crowd, accepted, healed)


@contextlib.asynccontextmanager
async def _crowd(site: Site, rng: random.Random, users: int) -> AsyncIterator[Customers]:
    crowd = Customers(site.gateways, rng, users)
    try:
        await crowd.arrive()
        yield crowd
    finally:
        await crowd.leave()


async def _run_one(
    fault: Fault, site: Site, crowd: Customers, rng: random.Random, jobs: int, rate: float
) -> FaultVerdict:
    before = {job for customer in crowd.customers for job in customer.accepted}
    target = crowd.accepted + max(1, int(jobs * rng.uniform(0.1, 0.4)))
    shopping = asyncio.create_task(crowd.shop(jobs, jobs / rate))
    try:
        while crowd.accepted < target and not shopping.done():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await fault.break_(site, rng)
        healed = time.monotonic()
        await shopping
    finally:
        shopping.cancel()
    await crowd.settled(PATIENCE)
    accepted = {job: at for c in crowd.customers for job, at in c.accepted.items() if job not in before}
    return await judge(fault.name, site, crowd, accepted, healed)


def choose(words: Sequence[str]) -> list[Fault]:
    """Faults whose name holds one of the words; all without words. Raises ValueError when none does."""
    found = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    if not found:
        raise ValueError("no fault of that name; there are: " + "; ".join(fault.name for fault in FAULTS))
    return found
