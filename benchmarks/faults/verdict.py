"""What became of every accepted job: counted from the rows, the objects, the streams and the sockets themselves."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import asyncpg
import nats.errors
import nats.js.errors

from benchmarks.faults.crowd import Customers
from benchmarks.faults.site import Site
from services.storage import ObjectStore, open_store


@dataclass
class FaultVerdict:
    """One line of the table. All but the first five should be 0 or empty."""

    fault: str
    accepted: int
    completed: int = 0
    failed: int = 0
    longest_recovery: float = 0.0
    lost: int = 0  # accepted, and no outcome
    duplicated: int = 0  # more than one ending heard, or more than one job of a request
    unheard: int = 0  # ended, and its socket was not told
    without_object: int = 0
    orphans: int = 0  # objects of no completed job
    stuck: dict[str, int] = field(default_factory=dict)  # left in streams and outbox
    twice: list[str] = field(default_factory=list)  # what counts as duplicated, in words

    @property
    def faultless(self) -> bool:
        """Whether every promise was kept."""
        wrong = (self.lost, self.duplicated, self.unheard, self.without_object, self.orphans)
        return not any(wrong) and not self.stuck

    def problems(self) -> str:
        """What is wrong, in words."""
        names = ("lost", "duplicated", "unheard", "without_object", "orphans", "stuck")
        counted = [f"{name}: {getattr(self, name)}" for name in names if getattr(self, name)]
        return ", ".join((*counted, *self.twice))


async def judge(
    fault: str, site: Site, crowd: Customers, since: dict[str, float], healed: float
) -> FaultVerdict:
    """Look at the jobs accepted at ``since``, once they have settled."""
    rows = await _rows(site)
    ours = [rows.get(job) for job in since]
    found = FaultVerdict(fault, len(since))
    found.completed = sum(status == "completed" for status in ours)
    found.failed = sum(status == "failed" for status in ours)
    found.lost = len(ours) - found.completed - found.failed
    endings = {job: told for customer in crowd.customers for job, told in customer.endings.items()}
    for job in since:
        told = endings.get(job, [])
        # With its disk NATS loses what it told: then the same ending may come a second time, word for word.
        more = max(0, len(set(told) if site.wiped else told) - 1)
        found.duplicated += more
        if more:
            found.twice.append(f"{job} was told to have ended: {told}")
    ended_at = {job: at for customer in crowd.customers for job, at in customer.ended.items()}
    found.unheard = sum(job not in ended_at and rows.get(job) in ("completed", "failed") for job in since)
    late = [
        ended_at[job] - healed for job, accepted in since.items() if accepted <= healed and job in ended_at
    ]
    found.longest_recovery = max([0.0, *late])
    asked = {job for customer in crowd.customers for job in customer.accepted}
    unasked = rows.keys() - asked  # a repeated request made a second job
    found.duplicated += len(unasked)
    found.twice += [f"nobody was told of job {job}" for job in unasked]
    found.stuck = await _left(site)
    assert site.storage is not None
    async with open_store(site.storage) as store:
        await _judge_objects(found, site, store, [customer.id for customer in crowd.customers])
    return found


async def _rows(site: Site) -> dict[str, str]:
    connection = await asyncpg.connect(site.database_url)
    try:
        return {row["id"]: row["status"] for row in await connection.fetch("SELECT id, status FROM jobs")}
    finally:
        await connection.close()


async def _judge_objects(found: FaultVerdict, site: Site, store: ObjectStore, users: Iterable[str]) -> None:
    """Every completed job's object, and no other; an orphan is given the time that the reconciler takes."""
    deadline = time.monotonic() + 240
    while True:
        connection = await asyncpg.connect(site.database_url)
        keys = await connection.fetch("SELECT details -> 'objects' FROM jobs WHERE status = 'completed'")
        await connection.close()
        wanted = {key for (objects,) in keys for key in json.loads(objects).values()}
        there = set()
        for user in users:
            for folder in ("results", "cleaned"):
                there |= {key async for key in store.keys(f"users/{user}/{folder}/")}
        found.without_object, found.orphans = len(wanted - there), len(there - wanted)
        if not (found.without_object or found.orphans) or time.monotonic() > deadline:
            return
        await asyncio.sleep(1)


async def _left(site: Site, patience: float = 240) -> dict[str, int]:
    """What has not drained, after a delivery that was lost with its worker had its time to come back."""
    deadline = time.monotonic() + patience
    client = await site.client()
    connection = await asyncpg.connect(site.database_url)
    try:
        while True:
            left = {"outbox": int(await connection.fetchval("SELECT count(*) FROM outbox"))}
            js = client.jetstream(timeout=2)
            try:
                for stream in ("TRYON", "TAILOR"):
                    left[stream] = (await js.stream_info(stream)).state.messages
                info = await js.consumer_info("RESULTS", "ledger")
                left["RESULTS"] = info.num_pending + info.num_ack_pending
            except (nats.errors.Error, nats.js.errors.Error):
                left["NATS does not answer"] = 1
            left = {name: count for name, count in left.items() if count}
            if not left or time.monotonic() > deadline:
                return left
            await asyncio.sleep(0.3)
    finally:
        await connection.close()
        await client.close()
