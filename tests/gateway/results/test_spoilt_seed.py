"""A spoilt first seed, from POST to picture: its shopper sees one result, and an admin what was found of both."""

import asyncio
import io
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from loopback import http_client
from PIL import Image

from inference.engines.tryon.warp.engine import WarpEngine
from services.settings import NatsSettings
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


class SpoiltAtFirst:
    """The preview engine as one with seeds, whose first picture of a job is all grey."""

    def __init__(self):
        self._engine = WarpEngine(cpu_threads=1)
        self.info = replace(self._engine.info, name="seeded")
        self.load, self.example, self.bucket = self._engine.load, self._engine.example, self._engine.bucket
        self._seeds = itertools.count()

    def run(self, batch, progress, /):
        made = self._engine.run(batch, progress)
        return [self._seeded(picture, next(self._seeds)) for picture in made]

    def _seeded(self, picture, seed):
        spoilt = Image.new("RGB", picture.image.size, "#808080")
        return replace(picture, seed=seed, image=spoilt if seed == 1 else picture.image)  # 0 is the warm-up


async def _completed(socket):
    told = []
    async with asyncio.timeout(300):
        while not told or told[-1]["status"] not in ("completed", "failed"):
            told.append(json.loads(await socket.recv()))
            told = [one for one in told if "status" in one]
    return told


async def test_a_spoilt_first_seed_is_made_again_and_its_shopper_sees_one_result(site, shopper, admin):
    stop = asyncio.Event()
    kinds = [Engaged(HANDLERS["try_on"], SpoiltAtFirst(), "a test")]
    work = asyncio.create_task(
        run_worker(kinds, WorkerSettings(), NatsSettings(nats_url=site.nats_url), site.storage, stop)
    )
    keys = [
        await shopper.upload(picture=(SAMPLES / name).read_bytes())
        for name in ("people/kofi.jpg", "garments/tshirt.jpg")
    ]
    body = {"user_snap_s3": keys[0], "uncleaned_outfit_s3": keys[1]}
    try:
        async with await shopper.socket() as socket:
            answer = await shopper.http.post("/jobs/try_on", json=body)
            told = await _completed(socket)
    finally:
        stop.set()
        await asyncio.wait_for(work, 120)

    job = (await shopper.http.get(f"/jobs/{answer.json()['job_id']}")).json()
    assert [one["status"] for one in told].count("completed") == 1, told
    assert (job["status"], job["attempts"]) == ("completed", 1)
    first, second = job["result"]["inspections"]
    assert (first["verdict"], first["kept"], first["seed"]) == ("reject", False, 1)
    assert (second["verdict"], second["kept"], second["seed"]) == ("pass", True, 2)
    assert {check["name"] for check in first["checks"] if check["verdict"] == "reject"} >= {"flat"}
    assert (job["result"]["verdict"], job["result"]["seed"], job["low_confidence"]) == ("pass", 2, False)
    assert job["result"]["quality"] == {"verdict": "pass", "checks": second["checks"]}
    assert [event["result"]["quality"]["verdict"] for event in told if event["result"]] == ["pass"]
    assert [one for one in job["warnings"] if "another seed" in one]

    link = await shopper.http.post("/images/presignedDownloadUrl", json={"key": job["result_s3_key"]})
    async with http_client() as s3:
        shown = Image.open(io.BytesIO((await s3.get(link.json()["url"])).content))
    assert np.asarray(shown).std() > 20, "the grey picture is shown"

    seen = (await admin.http.get("/operations/quality")).json()
    every = next(rate for rate in seen["rates"] if (rate["engine"], rate["check"]) == ("seeded", "all"))
    assert (every["looked"], every["reject"], every["retry"]) == (2, 1, 0)
    assert seen["worst"] == []  # what was shown is good
