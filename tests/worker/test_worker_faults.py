"""What a worker does with jobs, messages and servers that fail."""

import asyncio
import io
import json
import os
import random
from collections import Counter
from datetime import UTC, datetime

import hypothesis
import pytest
from engines_told import told
from hostile_messages import bodies
from hostile_pictures import mutate
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from PIL import Image
from worker_bench import USER, VTON, jpeg

from inference.registry import create
from schemas.ids import new_id, new_job_id
from schemas.jobs import SPECS
from services.runner import Stopped
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams import topology
from streams.delivery.dead_letters import letters, put_back
from streams.provision import provision
from streams.topology import MAX_DELIVER


async def test_a_message_at_its_last_delivery_is_buried_and_not_left_in_the_stream(bench):
    job = await bench.ask()
    subscription = await bench.js.pull_subscribe_bind("weaver", "TRYON")
    for _ in range(MAX_DELIVER - 1):  # workers that were lost with it
        (message,) = await subscription.fetch(1, timeout=60)
        await message.nak()
    await subscription.unsubscribe()
    async with bench.worker():
        await bench.until(lambda seen: job in bench.endings())
        await bench.drained()
    assert bench.endings()[job].error.code == "worker_lost"
    assert [letter.job_id async for _, letter in letters(bench.js)] == [job]


async def _lose(bench, times):
    """Workers that were killed with what they held."""
    subscription = await bench.js.pull_subscribe_bind("weaver", "TRYON")
    for _ in range(times):
        for message in await subscription.fetch(8, timeout=60):
            await message.nak()  # without a note, as after a kill
    await subscription.unsubscribe()


async def test_a_job_in_work_at_two_deaths_of_its_worker_runs_alone(bench):
    await bench.steer(batch_size=4, window_ms=0)
    suspect = await bench.ask()
    await _lose(bench, 2)
    innocent = [await bench.ask() for _ in range(3)]
    async with bench.worker(simulated_a=0.2):
        await bench.until(lambda seen: {suspect, *innocent} <= bench.endings().keys())
        await bench.drained()
    ended = bench.endings()
    assert {ending.status for ending in ended.values()} == {"completed"}
    assert ended[suspect].batch_size == 1 and ended[suspect].attempt == 3


async def test_a_job_in_work_at_three_deaths_is_buried_and_the_next_one_runs(bench):
    suspect = await bench.ask()
    await _lose(bench, 3)
    async with bench.worker():
        other = await bench.ask()
        await bench.until(lambda seen: {suspect, other} <= bench.endings().keys())
        await bench.drained()
    assert bench.endings()[other].status == "completed"
    assert bench.endings()[suspect].error.code == "worker_lost"
    assert [letter.job_id async for _, letter in letters(bench.js)] == [suspect]


async def test_a_malformed_request_is_buried_with_its_user_told(bench):
    job = new_job_id()
    body = {"job_id": job, "job_type": "try_on", "user_id": USER, "vton_id": VTON,
            "created_at": datetime.now(UTC).isoformat()}  # fmt: skip
    async with bench.worker():
        await bench.js.publish("tryon.requests.standard", b"\xff\xfe nonsense")
        await bench.js.publish("tryon.requests.standard", json.dumps(body).encode())
        await bench.until(lambda seen: job in bench.endings())
        await bench.drained()
    error = bench.endings()[job].error
    assert error.code == "request_malformed"
    assert error.message.endswith("user_snap_s3: Field required; garment_s3: Field required")
    buried = [letter async for _, letter in letters(bench.js)]
    assert [letter.job_id for letter in buried] == [None, job]
    assert all(letter.error.code == "request_malformed" for letter in buried)


async def test_an_engine_that_fails_on_a_job_is_retried_then_buried(bench, monkeypatch):
    """The back-off is real, only shorter here."""
    monkeypatch.setattr("services.worker.job.settle._LONGEST_DELAY", 0.05)
    engine, reason = create("try_on", "simulated", told(simulated_a=0, simulated_b=0))
    tries = []

    class Broken:
        info = engine.info
        load, example, bucket = engine.load, engine.example, engine.bucket

        def run(self, batch, progress):
            if batch[0].person.size == (99, 99):
                tries.append(1)
                raise ZeroDivisionError("the engine has a bug")
            return engine.run(batch, progress)

    stop = asyncio.Event()
    settings = WorkerSettings(probe_port=bench.port)
    task = asyncio.create_task(
        run_worker([Engaged(HANDLERS["try_on"], Broken(), reason)], settings, bench.nats, bench.storage, stop)
    )
    good = await bench.ask()
    bad = await bench.ask(person=jpeg(size=(99, 99)))
    await bench.until(lambda seen: {good, bad} <= bench.endings().keys())
    await bench.drained()
    assert len(tries) == 3
    assert bench.endings()[bad].error.code == "engine_error" and bench.endings()[bad].attempt == 3
    ((sequence, letter),) = [pair async for pair in letters(bench.js)]
    assert (letter.job_id, letter.deliveries) == (bad, 3)
    await put_back(bench.js, sequence)
    assert [pair async for pair in letters(bench.js)] == []
    stop.set()
    await asyncio.wait_for(task, 60)


async def test_a_worker_makes_no_consumer_of_its_own(bench):
    await bench.js.delete_consumer("TRYON", "weaver")
    with pytest.raises(Stopped):
        async with bench.worker() as (_, task):
            await bench.waits("consumer 'weaver' of stream TRYON is missing: run `proteus provision`")
            assert not task.done()


async def test_a_consumer_that_is_deleted_under_a_worker_is_noticed_and_its_return_too(bench):
    async with bench.worker() as (_, task):
        first = await bench.ask()
        await bench.until(lambda seen: first in bench.endings())
        await bench.js.delete_consumer("TRYON", "weaver")
        await bench.waits("nothing can be fetched from tryon.requests.standard: was its consumer deleted?")
        second = await bench.ask()
        await provision(bench.js)
        await bench.until(lambda seen: second in bench.endings())
        assert not task.done()


@pytest.mark.slow
async def test_storage_that_is_away_is_waited_for(bench, nats_url, tmp_path):
    from services.embedded.s3 import start_s3
    from services.settings import StorageSettings

    s3 = await start_s3(tmp_path / "s3", tmp_path, "own", port=0)
    settings = StorageSettings(
        s3_endpoint_url=s3.endpoint, s3_bucket="own", aws_access_key_id=s3.access_key,
        aws_secret_access_key=s3.secret_key,
    )  # fmt: skip
    bench.storage = settings
    async with open_store(settings) as store:
        bench.store = store
        job = await bench.ask()
        await s3.child.stop()
        async with bench.worker():
            async with asyncio.timeout(60):
                while (await bench.js.consumer_info("TRYON", "weaver")).num_redelivered == 0:
                    await asyncio.sleep(0.05)
            s3 = await start_s3(tmp_path / "s3", tmp_path, "own", port=int(s3.endpoint.rsplit(":", 1)[1]))
            await bench.until(lambda seen: job in bench.endings())
        assert bench.endings()[job].status == "completed" and bench.endings()[job].attempt > 1
    await s3.child.stop()


@pytest.mark.slow
@hypothesis.settings(
    max_examples=4, deadline=None, phases=[hypothesis.Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
@pytest.mark.parametrize(("kind", "stream"), [("try_on", "TRYON"), ("tailor", "TAILOR")])
async def test_hostile_requests_are_buried_one_by_one_and_the_consumer_goes_on(bench, kind, stream, data):
    spec = SPECS[kind]
    right = {
        "job_id": new_job_id(), "job_type": kind, "user_id": USER, "vton_id": VTON,
        "created_at": datetime.now(UTC).isoformat(), "user_snap_s3": "users/x", "garment_s3": "users/x",
        "uncleaned_outfit_s3": "users/x",
    }  # fmt: skip
    hostile = data.draw(bodies(right, ("job_id", "user_id", "created_at")))
    subjects = [spec.request_subject(lane) for lane in topology.lanes(spec)]
    async with bench.worker(kind):
        before = (await bench.js.stream_info("DEADLETTERS")).state.messages
        for number, body in enumerate(hostile):
            await bench.js.publish(subjects[number % len(subjects)], body)
        await bench.drained(stream)
        after = (await bench.js.stream_info("DEADLETTERS")).state.messages
        assert after - before == len(hostile)
        if kind == "try_on":
            job = await bench.ask()
            await bench.until(lambda seen: job in bench.endings())
            assert bench.endings()[job].status == "completed"
    print(f"{stream}: {len(hostile)} hostile requests buried")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("kind", "stream"), [("try_on", "TRYON"), ("tailor", "TAILOR")])
async def test_mutated_pictures_through_a_worker_each_end_with_a_picture_or_a_reason(bench, kind, stream):
    """PROTEUS_WORKER_MUTATIONS pictures through each worker; 5,000 take some minutes."""
    count = int(os.environ.get("PROTEUS_WORKER_MUTATIONS", "60"))
    rng = random.Random(12)
    sources = [jpeg()]
    for form in ("PNG", "WEBP"):
        buffer = io.BytesIO()
        Image.new("RGB", (96, 128), "olive").save(buffer, form)
        sources.append(buffer.getvalue())
    await bench.steer(batch_size=8, window_ms=20)
    spec, asked = SPECS[kind], set()
    async with bench.worker(kind):
        for start in range(0, count, 30):
            jobs = set()
            for _ in range(min(30, count - start)):
                key = f"users/{USER}/uploads/{new_id()}.jpg"
                await bench.store.put(key, mutate(rng, rng.choice(sources)), "image/jpeg")
                pictures = (
                    {"user_snap_s3": key, "garment_s3": key}
                    if kind == "try_on"
                    else {"uncleaned_outfit_s3": key}
                )
                request = spec.request(
                    job_id=new_job_id(), user_id=USER, vton_id=VTON, created_at=datetime.now(UTC), **pictures
                )
                jobs.add(request.job_id)
                subject = spec.request_subject(topology.lanes(spec)[0])
                await bench.js.publish(subject, request.model_dump_json().encode())
            await bench.until(lambda seen, jobs=jobs: jobs <= bench.endings().keys())
            asked |= jobs
        await bench.drained(stream)
    outcomes = Counter(bench.endings()[job].status for job in asked)
    reasons = Counter(e.error.code for e in (bench.endings()[job] for job in asked) if e.error)
    print(f"{stream}: {count} mutated pictures: {dict(outcomes)}, {dict(reasons)}")
    assert all(code.startswith("picture_") for code in reasons) and set(outcomes) == {"completed", "failed"}
    assert bench.endings().keys() == asked
