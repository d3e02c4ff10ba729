"""What is over goes by itself, in small steps, and one that fails keeps no other from its turn."""

import logging
from datetime import timedelta

import asyncpg
import pytest
from loopback import http_client

from schemas.pictures import MAX_MEGABYTES
from services.gateway.db.engine import open_engine
from services.gateway.objects.unused import forget_unused
from services.gateway.recovery.sweep import sweep_once
from services.storage import open_store


@pytest.fixture
async def engine(site):
    engine = open_engine(site.database_url, pool_size=2)
    yield engine
    await engine.dispose()


@pytest.fixture
async def rows(site):
    connection = await asyncpg.connect(site.database_url)
    yield connection
    await connection.close()


async def test_guests_go_with_their_last_sign_in_and_accounts_stay(site, engine, rows, join):
    async with site.gateway(guests=True) as url, http_client(url) as here, http_client(url) as gone:
        ada = await join(url)
        stays, goes = [(await http.post("/user/guest")).json()["id"] for http in (here, gone)]
        await rows.execute("UPDATE users SET created_at = now() - interval '8 days'")
        await rows.execute("UPDATE sessions SET expires_at = now() WHERE user_id = ANY($1)", [goes, ada.id])
        async with open_store(site.storage) as store:
            await store.put(f"users/{goes}/uploads/x.jpg", b"picture", "image/jpeg")
            await sweep_once(engine, store, 0)
            assert not await store.exists(f"users/{goes}/uploads/x.jpg")
        left = {str(row["id"]) for row in await rows.fetch("SELECT id FROM users")}
        assert left == {ada.id, stays}
        assert await rows.fetchval("SELECT count(*) FROM sessions") == 1, "those that ran out are gone"
        assert (await here.get("/user")).json()["id"] == stays


async def test_more_than_fits_one_step_goes_and_so_do_its_objects(site, engine, rows, join, url):
    ada = await join(url)
    key = await ada.upload()
    await rows.execute(
        "INSERT INTO vtons (id, user_id, user_snap_s3, uncleaned_outfit_s3, updated_at) "
        "SELECT gen_random_uuid(), $1, $2, $2, now() - interval '9 days' FROM generate_series(1, 1201)",
        ada.id, key,
    )  # fmt: skip
    async with open_store(site.storage) as store:
        await sweep_once(engine, store, 1e-9)
        assert not await store.exists(key)
    assert await rows.fetchval("SELECT count(*) FROM vtons") == 0


async def test_an_outfit_goes_with_its_last_job_and_stays_while_that_is_under_way(
    site, engine, rows, shopper
):
    body = {"user_snap_s3": shopper.person, "garments": [{"key": shopper.garment}] * 2}
    outfits = [(await shopper.http.post("/outfits", json=body)).json() for _ in range(2)]
    ids = [garment["job_id"] for garment in outfits[0]["garments"]]
    ids.append(outfits[1]["garments"][0]["job_id"])
    await rows.execute(
        "UPDATE jobs SET status = 'completed', ended_at = now() - interval '9 days', settled = true "
        "WHERE id = ANY($1)",
        ids,
    )
    async with open_store(site.storage) as store:
        await sweep_once(engine, store, 8)
    (left,) = (await shopper.http.get("/outfits")).json()["items"]
    assert left["id"] == outfits[1]["id"]
    assert [garment["status"] for garment in left["garments"]] == ["completed", "queued"]


async def test_one_step_that_fails_is_told_and_keeps_no_other_back(site, engine, rows, caplog):
    await rows.execute("INSERT INTO buckets (key, tokens, at) VALUES ('x', 1, now() - interval '9 days')")
    away = site.storage.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:1"})
    await rows.execute("ALTER TABLE sessions RENAME TO elsewhere")
    async with open_store(away) as store:
        with caplog.at_level(logging.WARNING):
            await sweep_once(engine, store, 1)
    await rows.execute("ALTER TABLE elsewhere RENAME TO sessions")
    told = [record.message for record in caplog.records if "not swept" in record.message]
    assert any("sign-ins" in line for line in told) and any("what is old" in line for line in told)
    assert await rows.fetchval("SELECT count(*) FROM buckets") == 0


async def test_an_upload_that_nothing_was_made_of_goes_and_one_that_is_named_stays(site, engine, shopper):
    chosen, worn, checked = [await shopper.upload() for _ in range(3)]
    garment = {"part": "upper", "picture_keys": [worn]}
    assert (await shopper.http.post("/garments", json=garment)).status_code == 201
    asked = await shopper.http.post("/jobs/photo_check", json={"key": checked, "role": "person"})
    assert asked.status_code == 202, asked.text
    ours = f"users/{shopper.id}/results/made.jpg"
    async with open_store(site.storage) as store:
        await store.put(ours, b"picture", "image/jpeg")
        assert await forget_unused(engine, store) == 0, "they are of today"
        assert await forget_unused(engine, store, timedelta(seconds=-60)) == 1
        left = {key async for key in store.keys("users/")}
    assert left == {shopper.person, shopper.garment, worn, checked, ours} and chosen not in left


async def test_an_upload_that_is_too_large_goes_whether_it_is_used_or_not(site, engine, shopper):
    wanted = {"fileName": "me.jpg", "fileType": "image/jpeg"}
    sizes = (MAX_MEGABYTES * 2**20, MAX_MEGABYTES * 2**20 + 1)
    tickets = [(await shopper.http.post("/images/presignedUploadUrl", json=wanted)).json() for _ in sizes]
    async with http_client() as s3:
        for ticket, size in zip(tickets, sizes, strict=True):
            sent = await s3.put(ticket["url"], headers=ticket["headers"], content=bytes(size))
            assert sent.status_code == 200
    async with open_store(site.storage) as store:
        await sweep_once(engine, store, 0, unused=False)
        left = {key async for key in store.keys("users/")}
    assert left == {shopper.person, shopper.garment, tickets[0]["key"]}
