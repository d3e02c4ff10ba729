"""A worker on real NATS and S3: what comes in on a stream goes out as an object and a result."""

import asyncio
import contextlib
import io
import json
import os
import random
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import hypothesis
import nats
import pytest
from engines_told import told
from gated_engine import Gated
from hostile_messages import bodies
from hostile_pictures import mutate
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from loopback import http_client
from PIL import Image, ImageFilter

from inference.marks import read
from inference.registry import create
from schemas import policy
from schemas.findings import FINDINGS
from schemas.ids import new_id, new_job_id
from schemas.jobs import SPECS, update_adapter
from schemas.jobs.base import Cancellation
from schemas.jobs.tailor import TailorRequest
from schemas.jobs.try_on import TryOnRequest
from schemas.objects import cleaned_key, result_key
from services.embedded.process import free_port
from services.runner import Stopped
from services.settings import NatsSettings
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings
from streams import topology
from streams.deadletters import letters, put_back
from streams.heartbeat import alive
from streams.provision import provision
from streams.topology import MAX_DELIVER

SAMPLES = Path(__file__).parents[2] / "samples"
USER, VTON = new_id(), new_id()
#: Where the server tells of each message that was given back to it.
GIVEN_BACK = "$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED"


def _jpeg(colour="navy", size=(96, 128)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


class Bench:
    """NATS, S3 and whoever watches the results."""

    def __init__(self, client, store, nats_url, storage):
        self.client, self.js, self.store = client, client.jetstream(timeout=60), store
        self.nats = NatsSettings(nats_url=nats_url)
        self.storage = storage
        self.seen = []
        self.changed = asyncio.Condition()
        self.port = free_port()

    async def watch(self):
        await self.client.subscribe("results.>", cb=self._note)
        await self.client.flush()

    async def _note(self, message):
        async with self.changed:
            self.seen.append(update_adapter.validate_json(message.data))
            self.changed.notify_all()

    async def until(self, condition):
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: condition(self.seen))

    @contextlib.asynccontextmanager
    async def worker(self, kind="try_on", engine="simulated", handler=None, **options):
        """Run one until the block ends, with the engine of that name or the one that is given."""
        if isinstance(engine, Gated):
            made, reason = engine, engine.reason
        else:
            made, reason = create(kind, engine, told(**{"simulated_a": 0.0, "simulated_b": 0.0, **options}))
        stop = asyncio.Event()
        settings = WorkerSettings(probe_port=self.port, drain_seconds=10)
        task = asyncio.create_task(
            run_worker(
                [Engaged(handler or HANDLERS[kind], made, reason)], settings, self.nats, self.storage, stop
            )
        )
        try:
            yield stop, task
        finally:
            if isinstance(engine, Gated):
                engine.open()
            stop.set()
            await asyncio.wait_for(task, 60)

    async def ask(self, *, lane="standard", person=None, garment=None, **more) -> str:
        """Publish a try-on request whose pictures are (by default) readable."""
        keys = []
        for body in (person, garment):
            key = f"users/{USER}/uploads/{new_id()}.jpg"
            if body != b"missing":
                await self.store.put(key, _jpeg() if body is None else body, "image/jpeg")
            keys.append(key)
        request = TryOnRequest(
            job_id=new_job_id(), user_id=USER, vton_id=VTON, created_at=datetime.now(UTC),
            user_snap_s3=keys[0], garment_s3=keys[1], **more,
        )  # fmt: skip
        headers = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "Nats-Msg-Id": request.job_id}
        await self.js.publish(f"tryon.requests.{lane}", request.model_dump_json().encode(), headers=headers)
        return request.job_id

    async def steer(self, **values):
        bucket = await self.js.key_value(policy.BUCKET)
        for key, value in values.items():
            await bucket.put(f"weaver.{key}", str(value).encode())

    async def waits(self, why):
        """Until the worker's /readyz says so."""
        where = f"http://127.0.0.1:{self.port}/readyz"
        async with http_client() as http, asyncio.timeout(60):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if why in (await http.get(where)).json().get("detail", ""):
                        return
                await asyncio.sleep(0.02)

    def endings(self):
        return {update.job_id: update for update in self.seen if update.status in ("completed", "failed")}

    async def drained(self, stream="TRYON"):
        async with asyncio.timeout(60):
            while (await self.js.stream_info(stream)).state.messages:
                await asyncio.sleep(0.01)


@pytest.fixture
async def bench(nats_url, storage_settings):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    async with open_store(storage_settings) as store:
        bench = Bench(client, store, nats_url, storage_settings)
        await bench.watch()
        yield bench
    await client.close()


async def test_a_job_becomes_a_picture_and_a_result(bench):
    async with bench.worker(simulated_a=0.1):
        job = await bench.ask()
        await bench.until(lambda seen: len(seen) == 2)
        await bench.drained()
    started, result = bench.seen
    assert (started.status, started.attempt) == ("running", 1)
    assert (result.status, result.engine, result.preview, result.batch_size) == (
        "completed",
        "simulated",
        True,
        1,
    )
    assert result.result_s3_key == result_key(USER, job)
    picture = Image.open(io.BytesIO(await bench.store.get(result.result_s3_key, 10**7)))
    assert (read(picture).term, read(picture).tool) == ("composite", "Proteus (simulated)")
    assert (picture.format, picture.size) == ("JPEG", (96, 128)) == ("JPEG", (result.width, result.height))
    stored = await bench.js.get_last_msg("RESULTS", f"results.{USER}.{job}")
    assert stored.headers["traceparent"].startswith("00-1111")


async def test_vip_jobs_are_done_in_the_first_quarter_of_a_backlog_and_the_others_go_on_beside_them(bench):
    await bench.steer(batch_size=4, window_ms=0)
    standard = [await bench.ask() for _ in range(76)]
    vip = [await bench.ask(lane="vip") for _ in range(8)]
    async with bench.worker(simulated_a=0.15):
        await bench.until(lambda seen: len(bench.endings()) == 84)
    order = list(bench.endings())
    last = max(order.index(job) for job in vip)
    assert last < len(order) / 4
    assert any(order.index(job) < last for job in standard)


@pytest.mark.parametrize(
    ("pictures", "code", "word"),
    [
        ({"person": b"some text"}, "picture_type", "person picture"),
        ({"garment": b""}, "picture_empty", "garment picture"),
        ({"garment": _jpeg()[:200]}, "picture_unreadable", "garment picture"),
        ({"person": b"missing"}, "picture_missing", "person picture"),
    ],
)
async def test_one_bad_picture_fails_alone_with_a_reason(bench, pictures, code, word):
    await bench.steer(batch_size=3, window_ms=300)
    good = [await bench.ask()]
    bad = await bench.ask(**pictures)
    good.append(await bench.ask())
    async with bench.worker():
        await bench.until(lambda seen: len(bench.endings()) == 3)
        await bench.drained()
    assert {bench.endings()[job].status for job in good} == {"completed"}
    failed = bench.endings()[bad]
    assert failed.status == "failed" and failed.error.code == code and word in failed.error.message


async def test_what_is_wrong_with_photos_is_told_or_refused_as_the_job_asks(bench):
    kofi = (SAMPLES / "people/kofi.jpg").read_bytes()
    shirt = Image.open(SAMPLES / "garments/tshirt.jpg").filter(ImageFilter.GaussianBlur(5))
    blurred = io.BytesIO()
    shirt.save(blurred, "JPEG")
    pictures = {"person": kofi, "garment": blurred.getvalue()}
    asked = (
        {**pictures},
        {**pictures, "check": "off"},
        {**pictures, "check": "refuse"},  # what does not block is no reason to refuse
        {"person": blurred.getvalue(), "garment": kofi, "check": "refuse"},
    )
    jobs = []
    async with bench.worker(engine="warp", cpu_threads=1):
        for one in asked:
            jobs.append(await bench.ask(**one))
            await bench.until(lambda seen: bench.endings().keys() >= set(jobs))
    told, unasked, borne, swapped = jobs
    blur = FINDINGS["photo_blurred"].sentence
    assert bench.endings()[told].warnings == bench.endings()[borne].warnings
    assert blur in bench.endings()[told].warnings and blur not in bench.endings()[unasked].warnings
    refused = bench.endings()[swapped]
    assert (refused.status, refused.error.code) == ("failed", "photo_unsuitable")
    assert refused.error.message == FINDINGS["photos_swapped"].sentence


async def test_a_device_does_not_wait_for_the_look_at_its_photos(bench):
    engine, begun = Gated(), threading.Event()
    engine.info = replace(engine.info, preview=False, sees=True)
    handler = HANDLERS["try_on"]

    def late(request, item):
        assert begun.wait(60), "the pass waited for the look"
        return handler.look.at(request, item)

    async with bench.worker(engine=engine, handler=replace(handler, look=replace(handler.look, at=late))):
        job = await bench.ask(garment=(SAMPLES / "people/kofi.jpg").read_bytes())
        await engine.until(lambda: len(engine.passes) == 1)
        begun.set()
        engine.open()
        await bench.until(lambda seen: job in bench.endings())
    result = bench.endings()[job]
    assert result.status == "completed" and result.low_confidence
    assert result.warnings[0] == FINDINGS["photos_swapped"].sentence


async def test_batches_have_the_size_that_the_policy_says_at_each_round(bench):
    await bench.steer(batch_size=4, window_ms=0)
    engine = Gated()
    async with bench.worker(engine=engine):
        jobs = [await bench.ask() for _ in range(8)]
        await engine.until(lambda: engine.passes and len(engine.ready) >= len(engine.passes[0]) + 4)
        engine.open()
        await bench.until(lambda seen: len(bench.endings()) == 8)
        assert len(engine.passes[1]) == max(len(batch) for batch in engine.passes) == 4
        assert 4 in {bench.endings()[job].batch_size for job in jobs}
        await bench.steer(batch_size=1)
        more = [await bench.ask() for _ in range(3)]
        await bench.until(lambda seen: len(bench.endings()) == 11)
        assert {bench.endings()[job].batch_size for job in more} == {1}


async def test_vip_overtakes(bench):
    engine = Gated()
    async with bench.worker(engine=engine):
        standard = [await bench.ask() for _ in range(8)]
        await engine.until(lambda: len(engine.passes) == 1 and len(engine.ready) >= 2)
        vip = await bench.ask(lane="vip", person=_jpeg(size=(80, 80)))
        await engine.until(lambda: any(item.person.size == (80, 80) for item in engine.ready))
        engine.open()
        await bench.until(lambda seen: {vip, *standard} <= bench.endings().keys())
    assert [item.person.size for (item,) in engine.passes].index((80, 80)) == 1


async def test_progress_is_told_while_a_batch_runs(bench):
    live = await bench.client.subscribe("live.progress.>")
    await bench.client.flush()
    async with bench.worker(simulated_a=1.0):
        job = await bench.ask()
        event = await live.next_msg(timeout=60)
        assert event.subject == f"live.progress.{USER}"
        assert job.encode() in event.data and b'"type":"progress"' in event.data
        await bench.until(lambda seen: job in bench.endings())


async def test_a_cancelled_job_leaves_no_result(bench):
    engine = Gated()
    async with bench.worker(engine=engine):
        running = await bench.ask()
        await bench.until(lambda seen: any(update.status == "running" for update in seen))
        await bench.client.publish("cancellations", Cancellation(job_id=running).model_dump_json().encode())
        after = await bench.ask()
        await engine.until(lambda: len(engine.passes) == 2)  # the first has left the device
        engine.open()
        await bench.until(lambda seen: after in bench.endings())
        await bench.drained()
    assert running not in bench.endings()
    assert not await bench.store.exists(result_key(USER, running))


async def test_a_stop_finishes_what_runs_and_gives_the_rest_to_the_next_worker_at_once(bench):
    given_back = await bench.client.subscribe(f"{GIVEN_BACK}.TRYON.weaver")
    engine = Gated()
    async with bench.worker(engine=engine) as (stop, task):
        jobs = [await bench.ask() for _ in range(4)]
        await engine.until(lambda: len(engine.passes) == 1 and len(engine.ready) >= 2)
        stop.set()
        await given_back.next_msg(timeout=60)
        engine.allow(1)
        await asyncio.wait_for(task, 60)
    assert len(bench.endings()) == len(engine.passes) == 1
    taken = (await bench.js.consumer_info("TRYON", "weaver")).delivered.consumer_seq
    for _ in range(taken - 2):  # of what it took, all but that one and the first to be given back
        await given_back.next_msg(timeout=60)
    async with bench.worker():
        await bench.until(lambda seen: bench.endings().keys() == set(jobs))
    assert {ending.status for ending in bench.endings().values()} == {"completed"}


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
    monkeypatch.setattr("services.worker.settle._LONGEST_DELAY", 0.05)
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
    bad = await bench.ask(person=_jpeg(size=(99, 99)))
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


async def test_a_tailor_cuts_out_and_segments_over_http(bench):
    body = io.BytesIO()
    picture = Image.new("RGB", (200, 240), "white")
    picture.paste((20, 40, 160), (60, 40, 140, 200))
    picture.save(body, "PNG")
    key = f"users/{USER}/uploads/{new_id()}.png"
    await bench.store.put(key, body.getvalue(), "image/png")
    request = TailorRequest(
        job_id=new_job_id(), user_id=USER, vton_id=VTON, created_at=datetime.now(UTC), uncleaned_outfit_s3=key
    )
    async with bench.worker("tailor", "grabcut"):
        await bench.js.publish("tailor.requests", request.model_dump_json().encode())
        await bench.until(lambda seen: request.job_id in bench.endings())
        result = bench.endings()[request.job_id]
        assert result.result_s3_key == cleaned_key(USER, request.job_id)
        assert not result.low_confidence and len(result.anchors) == 4

        async with http_client(f"http://127.0.0.1:{bench.port}") as http:
            answer = await http.post("/segment", content=body.getvalue())
            assert answer.headers["content-type"] == "image/png"
            assert Image.open(io.BytesIO(answer.content)).mode == "RGBA"
            refused = await http.post("/segment", content=b"no picture")
            assert (refused.status_code, refused.json()["code"]) == (415, "picture_type")
            assert (await http.get("/healthz")).status_code == 200
            ready = (await http.get("/readyz")).json()
            assert (ready["status"], ready["engine"], ready["engine_reason"]) == (
                "ready", "grabcut", result.engine_reason
            )  # fmt: skip
            assert (
                'proteus_worker_jobs_total{kind="tailor",status="completed"} 1.0'
                in (await http.get("/metrics")).text
            )
        beats = await alive(bench.js)
        assert [(beat.service, beat.engine) for beat in beats] == [("tailor", "grabcut")]
    assert await alive(bench.js) == [], "it said goodbye"


async def test_a_worker_makes_no_consumer_of_its_own(bench):
    await bench.js.delete_consumer("TRYON", "weaver")
    with pytest.raises(Stopped):
        async with bench.worker() as (_, task):
            await bench.waits("consumer 'weaver' of stream TRYON is missing: run `proteus provision`")
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
    sources = [_jpeg()]
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
