"""What is deleted is gone when the store is back, and what an old upload URL still brings goes, too."""

import asyncio
import random

import asyncpg
from loopback import http_client

from services.gateway.db.engine import open_engine
from services.gateway.objects.unwanted import clear_of_strangers
from services.storage import open_store

QUICK = {"reconcile_seconds": 0.5}


async def _none_left(store, prefix):
    async with asyncio.timeout(60):
        while [key async for key in store.keys(prefix)]:
            await asyncio.sleep(0.1)


async def test_an_upload_url_from_before_leaves_nothing(site, join):
    async with site.gateway(**QUICK) as url, open_store(site.storage) as store:
        shopper, other = await join(url), await join(url)
        await other.prepare()
        wanted = {"fileName": "x.jpg", "fileType": "image/jpeg"}
        ticket = (await shopper.http.post("/images/presignedUploadUrl", json=wanted)).json()
        assert (await shopper.http.delete("/user")).status_code == 204
        async with http_client() as s3:
            sent = await s3.put(ticket["url"], headers=ticket["headers"], content=b"a photograph")
        assert sent.status_code == 200, "S3 knows nothing of accounts"
        connection = await asyncpg.connect(site.database_url)
        await connection.execute("UPDATE unwanted_objects SET look_at = now()")  # a minute later
        await _none_left(store, f"users/{shopper.id}/")
        owed = await connection.fetchrow(
            "SELECT until > now() + interval '15 minutes' AS lasts FROM unwanted_objects"
        )
        assert owed["lasts"], "until no URL from before is good any more"
        # Later still, of whatever brought it: by the hourly sweep, which knows nothing but that nobody is there.
        await store.put(f"users/{shopper.id}/results/late.jpg", b"late", "image/jpeg")
        await connection.execute("DELETE FROM unwanted_objects")
        engine = open_engine(site.database_url)
        assert await clear_of_strangers(engine, store) == 1
        assert await store.exists(other.person)
        await engine.dispose()
        await connection.close()


async def test_what_is_deleted_while_the_store_is_away_goes_when_it_is_back(site, join):
    from benchmarks.faults.line import open_line

    target = int(site.storage.s3_endpoint_url.rsplit(":", 1)[1])
    straight = site.storage
    async with open_line(target, random.Random(4)) as line, open_store(straight) as store:
        site.storage = straight.model_copy(
            update={
                "s3_endpoint_url": f"http://127.0.0.1:{line.port}",
                "s3_public_endpoint_url": straight.s3_endpoint_url,
            }
        )
        async with site.gateway(**QUICK) as url:
            shopper = await join(url)
            await shopper.prepare()
            job = await shopper.try_on()
            request = await site.request()
            await store.put(f"users/{shopper.id}/results/{job}.jpg", b"picture", "image/jpeg")
            await site.ended(request)
            async with asyncio.timeout(60):
                while (await shopper.http.get(f"/jobs/{job}")).json()["status"] != "completed":
                    await asyncio.sleep(0.05)
            line.cut()
            assert (await shopper.http.delete(f"/vton/{shopper.vton}")).status_code == 204
            assert (await shopper.http.get(f"/vton/{shopper.vton}")).status_code == 404
            line.mend()
            await _none_left(store, f"users/{shopper.id}/results/")
            assert await store.exists(shopper.person)
            line.cut()
            assert (await shopper.http.delete("/user")).status_code == 204
            line.mend()
            connection = await asyncpg.connect(site.database_url)
            await connection.execute("UPDATE unwanted_objects SET look_at = now()")
            await connection.close()
            await _none_left(store, f"users/{shopper.id}/")
