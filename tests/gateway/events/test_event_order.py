"""What a job's events say last is what its row says, whichever replica tells it and whenever it was cancelled."""

import asyncio
import json
import os
import random
from collections import Counter, defaultdict

import pytest
from nats.js.api import DeliverPolicy

from schemas.jobs.base import FINAL
from schemas.jobs.try_on import TryOnRequest
from services.storage import open_store

#: PROTEUS_CANCELLED_JOBS=500 is for when there is time.
JOBS = int(os.environ.get("PROTEUS_CANCELLED_JOBS", "100"))
SHOPPERS = 5


async def work(site, store, rng):
    """A worker that is told too late that jobs were cancelled: begins each, and ends two of three."""
    pulling = await site.js.pull_subscribe_bind("weaver", "TRYON")
    while True:
        for message in await _fetch(pulling):
            request = TryOnRequest.model_validate_json(message.data)
            await site.started(request)
            if _finishes(request.job_id):
                await asyncio.sleep(rng.random() * 0.05)
                await store.put(f"users/{request.user_id}/results/{request.job_id}.jpg", b"x", "image/jpeg")
                await site.ended(request)
            await message.ack()


def _finishes(job):
    return int(job[-1], 16) % 3 > 0


@pytest.mark.timeout(1500)  # five hundred of them take minutes on a machine that does something else
async def test_the_last_word_of_cancelled_jobs_is_the_same_in_row_stream_and_socket(site, join):
    """Posted to one replica and cancelled on another, at any moment after the 202, or when it was begun or is over."""
    rng = random.Random(15)
    stored, heard, order = {}, {}, defaultdict(list)
    wait_for = {
        5: {"running", *FINAL},
        6: {"running", *FINAL},
        7: FINAL,
    }  # by moment; at others it is cancelled at once

    async def follow(socket):
        async for text in socket:
            event = json.loads(text)
            if event["type"] == "status":
                heard[event["job_id"]] = event["status"]

    async with open_store(site.storage) as store, site.gateway() as one, site.gateway() as other:
        shoppers = [await join(one) for _ in range(SHOPPERS)]
        for shopper in shoppers:
            await shopper.prepare()
        urls = (one, other)

        async def keep(message):
            event = json.loads(message.data)
            stored[event["job_id"]] = event["status"]
            order[event["job_id"]].append(event["status"])

        feed = await site.js.subscribe("events.>", cb=keep, deliver_policy=DeliverPolicy.ALL)
        sockets = [await shopper.socket(since=0, url=rng.choice(urls)) for shopper in shoppers]
        tasks = [asyncio.create_task(follow(socket)) for socket in sockets]
        room = asyncio.Semaphore(4)
        jobs, answers = {}, Counter()

        async def one_job(shopper, moment):
            async with room:
                posted = await shopper.http.post(f"{rng.choice(urls)}/jobs/weaver", json=shopper.wanted())
                assert posted.status_code == 202, posted.text
                job = posted.json()["job_id"]
                if moment in (3, 4):
                    await asyncio.sleep(rng.random() * 0.05)
                elif moment in wait_for and (moment != 7 or _finishes(job)):
                    async with asyncio.timeout(120):
                        while stored.get(job) not in wait_for[moment]:
                            await asyncio.sleep(0.01)
                gone = await shopper.http.delete(f"{rng.choice(urls)}/jobs/{job}")
                assert gone.status_code in (200, 409), gone.text
                answers[gone.status_code] += 1
                jobs[job] = shopper

        worker = asyncio.create_task(work(site, store, rng))
        await asyncio.gather(*(one_job(shoppers[n % SHOPPERS], n % 10) for n in range(JOBS)))
        async with asyncio.timeout(600):
            while not (
                stored.keys() == heard.keys() == jobs.keys() and {*stored.values(), *heard.values()} <= FINAL
            ):
                await asyncio.sleep(0.2)
            while (
                info := await site.js.consumer_info("RESULTS", "ledger")
            ).num_pending or info.num_ack_pending:
                await asyncio.sleep(0.2)
        await asyncio.sleep(4)  # longer than a claim: what a replica still held would be told by now
        worker.cancel()
        shown = [
            {
                job: (await shopper.http.get(f"{url}/jobs/{job}")).json()["status"]
                for job, shopper in jobs.items()
            }
            for url in urls
        ]
        await feed.unsubscribe()
        for task, socket in zip(tasks, sockets, strict=True):
            task.cancel()
            await socket.close()
    late = [told for told in order.values() if FINAL & {*told[:-1]}]
    started = sum("running" in told for told in order.values())
    print(
        f"{JOBS} jobs, {started} begun; DELETE said {dict(answers)}; last words: {dict(Counter(stored.values()))}"
    )
    print(f"{len(late)} were told something after their end; row, stream and socket agree on {len(stored)}")
    assert late == []
    assert stored == heard == shown[0] == shown[1]
    assert set(stored.values()) == {"cancelled", "completed"}
    assert Counter(stored.values())["completed"] == answers[409]


async def _fetch(pulling):
    try:
        return await pulling.fetch(10, timeout=1)
    except TimeoutError:
        return []
