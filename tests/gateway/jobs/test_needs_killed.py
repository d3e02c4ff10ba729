"""Jobs that need others, while gateways are killed with results in hand and every result comes twice."""

import asyncio
from collections import Counter

import pytest
from chains import Rows, chain, joined
from gateway_process import Replica
from nats.errors import TimeoutError as NothingThere
from sqlalchemy.ext.asyncio import AsyncSession

from schemas.ids import new_id
from schemas.jobs import SPECS
from services.gateway.db.engine import open_engine
from services.gateway.db.models import User
from services.gateway.db.prepared_statements import open_pool
from services.storage import open_store

#: Results after which a gateway is killed at once: within the chain, among the eight, about the join.
KILLS = (2, 9, 17)


@pytest.fixture
async def replicas(site):
    both = Replica(site), Replica(site)
    await asyncio.gather(*(replica.start() for replica in both))
    yield both
    await asyncio.gather(*(replica.kill() for replica in both))


@pytest.fixture
async def rows(site):
    engine, user = open_engine(site.database_url), new_id()
    async with AsyncSession(engine) as db, db.begin():
        db.add(User(id=user, email=f"{user}@example.com"))
    async with open_pool(site.database_url) as pool:
        yield Rows(engine, pool, user, site.secret)
    await engine.dispose()


@pytest.fixture
async def store(site):
    async with open_store(site.storage) as store:
        yield store


async def test_a_chain_of_four_and_a_join_of_eight_end_once(site, replicas, rows, store):
    wanted, links = chain(rows)
    wide, first, join = joined(rows)
    jobs = {job.id: job for job in (*links, *first, join)}
    await rows.write(wanted)
    await rows.write(wide)
    await replicas[0].ready()
    lanes = [
        await site.js.pull_subscribe_bind(durable, stream)
        for durable, stream in (("tailor", "TAILOR"), ("weaver", "TRYON"))
    ]
    published: Counter[str] = Counter()  # messages of a job, redeliveries aside
    told, next_to_die = 0, 0

    async def work(message):
        """As a worker that is killed after its result the first time, and sends it again."""
        nonlocal told, next_to_die
        spec = SPECS["tailor" if message.metadata.stream == "TAILOR" else "try_on"]
        body = spec.request.model_validate_json(message.data)
        attempt = message.metadata.num_delivered
        published[body.job_id] += attempt == 1
        output = spec.outputs[0]
        await store.put(output.key(body.user_id, body.job_id), b"a picture", output.content_type)
        await site.ended(body, attempt=attempt)
        told += 1
        await (message.nak() if attempt == 1 else message.ack())
        if told in KILLS:
            dying, other = replicas[next_to_die], replicas[1 - next_to_die]
            next_to_die = 1 - next_to_die
            await other.ready()
            await dying.kill()
            await dying.start()

    async def ended():
        return [job for job in jobs.values() if (await rows.job(job)).status == "completed"]

    async with asyncio.timeout(300):
        while len(await ended()) < len(jobs):
            for lane in lanes:
                try:
                    (message,) = await lane.fetch(1, timeout=0.2)
                except NothingThere:
                    continue
                await work(message)
    assert published == dict.fromkeys(jobs, 1)
    assert told >= KILLS[-1], "fewer gateways were killed than was meant"
