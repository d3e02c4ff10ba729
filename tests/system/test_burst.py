"""A burst of try-ons: nobody waits for ever, nobody sees another's, and the arbitrator earns its name."""

import asyncio
import io
from collections import Counter
from contextlib import AsyncExitStack

import nats
from PIL import Image

from benchmarks.system.shopper import Shopper, events, sign_up
from schemas import policy

USERS = 20
JOBS_EACH = 10


def _picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (96, 128), colour).save(buffer, "JPEG")
    return buffer.getvalue()


async def _listen(shopper: Shopper, jobs: int, listening: asyncio.Event) -> list[dict]:
    """Every status event on this user's socket until all of its jobs have ended, and a little longer."""
    seen: list[dict] = []
    socket = await shopper.listen()
    listening.set()
    async with socket:
        stream = events(socket)
        while sum(event["status"] == "completed" for event in seen) < jobs:
            event = await asyncio.wait_for(anext(stream), 300)
            if event["type"] == "status":
                seen.append(event)
    return seen


async def test_200_jobs_of_20_users_each_completes_once_on_its_owners_socket(up):
    system = await up("--engine", "simulated", PROTEUS_SIMULATED_A="0.2", PROTEUS_SIMULATED_B="0.02")
    async with AsyncExitStack() as stack:
        shoppers = [
            await stack.enter_async_context(sign_up(system.url, _picture("beige"), _picture("navy")))
            for _ in range(USERS)
        ]
        gates = [asyncio.Event() for _ in shoppers]
        sockets = [
            asyncio.create_task(_listen(shopper, JOBS_EACH, gate))
            for shopper, gate in zip(shoppers, gates, strict=True)
        ]
        for gate in gates:
            await asyncio.wait_for(gate.wait(), 60)

        # A trickle first, then everything at once: the queue grows from nothing, then drains to nothing.
        owner: dict[str, str] = {}
        for shopper in shoppers[:2]:
            owner[await shopper.submit()] = shopper.user_id
        rest = [shopper for shopper in shoppers[:2] for _ in range(JOBS_EACH - 1)]
        rest += [shopper for shopper in shoppers[2:] for _ in range(JOBS_EACH)]
        submitted = await asyncio.gather(*(shopper.submit() for shopper in rest))
        owner.update(zip(submitted, (shopper.user_id for shopper in rest), strict=True))

        heard = await asyncio.gather(*sockets)
        sizes = Counter()
        for shopper, own in zip(shoppers, heard, strict=True):
            assert all(event["user_id"] == shopper.user_id == owner[event["job_id"]] for event in own)
        for shopper in shoppers:
            vton = (await shopper.http.get(f"/vton/{shopper.vton_id}")).json()
            sizes.update(job["batch_size"] for job in vton["jobs"])

    completed = Counter(event["job_id"] for own in heard for event in own if event["status"] == "completed")
    assert completed == Counter(dict.fromkeys(owner, 1))
    assert {1, 8} <= set(sizes), f"batch sizes seen: {sizes}"

    broker = await nats.connect(system.state["nats_url"])
    try:
        bucket = await broker.jetstream(timeout=60).key_value(policy.BUCKET)
        async with asyncio.timeout(60):  # it steps down once the queue has been short for a while
            while not {1, 4, 8} <= {int(entry.value) for entry in await bucket.history(policy.BATCH_SIZE)}:
                await asyncio.sleep(0.2)
    finally:
        await broker.close()
