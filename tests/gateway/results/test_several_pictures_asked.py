"""Several pictures of one job, from POST to their end: its owner's alone, counted as so many, gone with the job."""

import asyncio
import contextlib

from engines_told import told

from inference.registry import create
from services.settings import NatsSettings
from services.storage import open_store
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings


@contextlib.asynccontextmanager
async def _weaver(site):
    """One whose pictures are placeholders, with seeds."""
    stop = asyncio.Event()
    kinds = [
        Engaged(HANDLERS["try_on"], *create("try_on", "simulated", told(simulated_a=0.0, simulated_b=0.0)))
    ]
    work = asyncio.create_task(
        run_worker(kinds, WorkerSettings(), NatsSettings(nats_url=site.nats_url), site.storage, stop)
    )
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(work, 120)


async def test_all_are_listed_signed_for_their_owner_alone_and_deleted_with_their_try_on(
    site, shopper, join, url
):
    async with _weaver(site):
        job = await shopper.try_on(samples=3, seed=4_294_967_295)
        async with asyncio.timeout(300):
            while (view := (await shopper.http.get(f"/jobs/{job}")).json())["status"] != "completed":
                assert view["status"] in ("queued", "running"), view
                await asyncio.sleep(0.1)
    made = view["result"]["samples"]
    assert [one["seed"] for one in made] == [4_294_967_295, 0, 1]
    assert made[0]["key"] == view["result_s3_key"]
    keys = {one[name] for one in made for name in ("key", "thumbnail_key")}
    assert len(keys) == 6 and all(key.startswith(f"users/{shopper.id}/results/{job}") for key in keys)
    other = await join(url)
    for key in keys:
        asked = {"key": key}
        assert (await shopper.http.post("/images/presignedDownloadUrl", json=asked)).status_code == 200
        assert (await other.http.post("/images/presignedDownloadUrl", json=asked)).status_code == 404
    async with open_store(site.storage) as store:
        assert all([await store.exists(key) for key in keys])
        assert (await shopper.http.delete(f"/vton/{shopper.vton}")).status_code == 204
        assert not any([await store.exists(key) for key in keys])


async def test_a_job_of_four_pictures_waits_as_four(site, join):
    async with site.gateway(max_queued_jobs=5) as url:
        ada = await join(url)
        await ada.prepare()
        await ada.try_on(samples=4)
        refused = await ada.http.post("/jobs/try_on", json=ada.wanted(samples=2))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
        await ada.try_on()
        for samples in (0, 5, 1.5):
            wrong = await ada.http.post("/jobs/try_on", json=ada.wanted(samples=samples))
            assert wrong.status_code == 422


async def test_a_job_of_four_pictures_counts_as_four_requests(site, shopper, join, url):
    bob = await join(url)
    await bob.prepare()
    async with site.gateway(requests_per_minute=1) as strict:
        refused = await shopper.http.post(f"{strict}/jobs/try_on", json=shopper.wanted(samples=4))
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert (await bob.http.post(f"{strict}/jobs/try_on", json=bob.wanted())).status_code == 202
