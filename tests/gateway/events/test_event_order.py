"""What a job's events say last is what its row says, whichever replica tells it and whenever it was cancelled."""

import asyncio
import json
import os
import random
from collections import defaultdict

import pytest
from nats.js.api import DeliverPolicy

#: PROTEUS_CANCELLED_JOBS=500 is for when there is time.
JOBS = int(os.environ.get("PROTEUS_CANCELLED_JOBS", "100"))
SHOPPERS = 5


@pytest.mark.timeout(1500)  # five hundred of them take minutes on a machine that does something else
async def test_the_last_word_of_cancelled_jobs_is_the_same_in_row_stream_and_socket(site, join):
    """Posted to one replica and cancelled on another, at any moment after the 202; some are started meanwhile."""
    rng = random.Random(15)
    stored, heard, order = {}, {}, defaultdict(list)

    async def follow(socket):
        async for text in socket:
            event = json.loads(text)
            if event["type"] == "status":
                heard[event["job_id"]] = event["status"]

    async with site.gateway() as one, site.gateway() as other:
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
        jobs = {}

        async def one_job(shopper):
            async with room:
                posted = await shopper.http.post(f"{rng.choice(urls)}/jobs/weaver", json=shopper.wanted())
                assert posted.status_code == 202, posted.text
                job = posted.json()["job_id"]
                if rng.random() < 0.3:
                    await asyncio.sleep(rng.random() * 0.05)
                gone = await shopper.http.delete(f"{rng.choice(urls)}/jobs/{job}")
                assert gone.status_code == 200, gone.text
                jobs[job] = gone.json()["status"]

        async def start_some():
            """A worker that begins what it is handed, and is told too late that it was cancelled."""
            pulling = await site.js.pull_subscribe_bind("weaver", "TRYON")
            while True:
                for message in await _fetch(pulling):
                    request = json.loads(message.data)
                    said = {
                        name: request.get(name)
                        for name in ("job_id", "job_type", "user_id", "vton_id", "task_token")
                    }
                    said |= {"status": "running", "attempt": 1, "worker": "w", "at": request["created_at"]}
                    subject = f"results.{request['user_id']}.{request['job_id']}"
                    await site.js.publish(subject, json.dumps(said).encode())

        worker = asyncio.create_task(start_some())
        await asyncio.gather(*(one_job(shoppers[n % SHOPPERS]) for n in range(JOBS)))
        async with asyncio.timeout(600):
            while len(heard) < JOBS or len(stored) < JOBS or set(stored.values()) != {"cancelled"}:
                await asyncio.sleep(0.2)
                if set(heard.values()) == {"cancelled"} and len(heard) == JOBS:
                    info = await site.js.consumer_info("RESULTS", "ledger")
                    if not info.num_pending and not info.num_ack_pending:
                        break
        await asyncio.sleep(4)  # longer than a claim: what a replica still held would be told by now
        worker.cancel()
        await feed.unsubscribe()
        for task, socket in zip(tasks, sockets, strict=True):
            task.cancel()
            await socket.close()
    late = [told for told in order.values() if "cancelled" in told[:-1]]
    started = sum("running" in told for told in order.values())
    print(f"{JOBS} jobs cancelled, {started} of them started: {len(late)} told something after `cancelled`")
    assert late == []
    assert set(jobs.values()) == set(stored.values()) == set(heard.values()) == {"cancelled"}
    assert len(jobs) == len(stored) == len(heard) == JOBS


async def _fetch(pulling):
    try:
        return await pulling.fetch(10, timeout=1)
    except TimeoutError:
        return []
