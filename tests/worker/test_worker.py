"""A worker on real NATS and S3: what comes in on a stream goes out as an object and a result."""

import asyncio
import io
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from certificates import issue
from gated_engine import Gated
from loopback import http_client
from PIL import Image, ImageFilter
from worker_bench import GIVEN_BACK, SAMPLES, USER, VTON, jpeg

from inference.credentials import marker
from inference.credentials import read as read_manifest
from inference.marks import read
from schemas.findings import FINDINGS
from schemas.ids import new_id, new_job_id
from schemas.jobs.base import Cancellation
from schemas.jobs.tailor import TailorRequest
from schemas.objects import cleaned_key, result_key
from services.settings import SettingsError
from services.worker.compose import credentials
from services.worker.kinds import HANDLERS
from services.worker.settings import WorkerSettings
from streams.connection import flush
from streams.kv.heartbeat import alive


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
    small = Image.open(io.BytesIO(await bench.store.get(result.objects["thumbnail"], 10**7)))
    assert small.size == picture.size and read(small).term == "composite", "it is marked, too"
    stored = await bench.js.get_last_msg("RESULTS", f"results.{USER}.{job}")
    assert stored.headers["traceparent"].startswith("00-1111")


async def test_where_a_certificate_is_set_the_result_and_its_thumbnail_are_signed(bench, tmp_path):
    issued = issue(tmp_path)
    settings = WorkerSettings(c2pa_certificate=issued.certificate, c2pa_private_key=issued.key)
    async with bench.worker(mark=marker(credentials(settings))):
        await bench.ask()
        await bench.until(lambda seen: bench.endings())
    (result,) = bench.endings().values()
    assert len(result.objects) == 2
    for key in result.objects.values():
        stored = await bench.store.get(key, 10**7)
        manifest = read_manifest(stored, "image/jpeg")
        assert (manifest.signer, manifest.faults) == ("Shop signer, Shop", ())
        assert (manifest.maker, manifest.source.rpartition("/")[2]) == ("Proteus (simulated)", "composite")
        assert read(Image.open(io.BytesIO(stored))).term == "composite"


def test_a_worker_refuses_to_start_with_half_a_certificate_or_a_bad_one(tmp_path):
    issued = issue(tmp_path)
    with pytest.raises(SettingsError, match="one is set without the other"):
        credentials(WorkerSettings(c2pa_certificate=issued.certificate))
    with pytest.raises(SettingsError, match=r"PROTEUS_C2PA_CERTIFICATE: the key .* cannot be read"):
        credentials(WorkerSettings(c2pa_certificate=issued.certificate, c2pa_private_key=issued.certificate))


async def test_vip_jobs_are_done_in_the_first_quarter_of_a_backlog_and_the_others_go_on_beside_them(bench):
    """Each pass begins when a batch of vip jobs, or what is left of them, is there for the next one."""
    await bench.steer(batch_size=4, window_ms=0)
    for _ in range(76):
        await bench.ask()
    for _ in range(8):
        await bench.ask(lane="vip", person=jpeg(size=(80, 80)))
    device = Gated()

    def begun():
        return [item.person.size == (80, 80) for batch in device.passes for item in batch]

    def are_there():
        waiting = sum(item.person.size == (80, 80) for item in device.ready) - sum(begun())
        return len(device.passes) > passes and waiting >= min(4, 8 - sum(begun()))

    async with bench.worker(engine=device):
        passes = 0
        while sum(begun()) < 8:
            await device.until(are_there)
            passes = len(device.passes)
            device.allow(1)
        device.open()
        await bench.until(lambda seen: len(bench.endings()) == 84)
    first = begun()[:21]
    assert first.count(True) == 8
    assert not all(first[: len(first) - first[::-1].index(True)])


@pytest.mark.parametrize(
    ("pictures", "code", "word"),
    [
        ({"person": b"some text"}, "picture_type", "person picture"),
        ({"garment": b""}, "picture_empty", "garment picture"),
        ({"garment": jpeg()[:200]}, "picture_unreadable", "garment picture"),
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
        vip = await bench.ask(lane="vip", person=jpeg(size=(80, 80)))
        await engine.until(lambda: any(item.person.size == (80, 80) for item in engine.ready))
        engine.open()
        await bench.until(lambda seen: {vip, *standard} <= bench.endings().keys())
    assert [item.person.size for (item,) in engine.passes].index((80, 80)) == 1


async def test_progress_is_told_while_a_batch_runs(bench):
    live = await bench.client.subscribe("live.progress.>")
    await flush(bench.client)
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
