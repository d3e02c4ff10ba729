"""A clock that was an hour ahead and was set right: nothing waits for the hour to be over."""

import asyncpg
import pytest

from services.gateway.db.engine import open_engine
from services.gateway.db.prepared_statements import open_pool
from services.gateway.db.turns import take_turn
from services.gateway.errors import ApiError
from services.gateway.limits.token_bucket import Bucket, take


@pytest.fixture
async def rows(site):
    connection = await asyncpg.connect(site.database_url)
    yield connection
    await connection.close()


async def test_what_was_claimed_then_is_published(site, shopper, rows):
    job = await shopper.try_on()
    request = await site.request()
    await rows.execute(
        "INSERT INTO outbox (subject, msg_id, payload, headers, claimed_until) "
        "VALUES ('tryon.requests.standard', 'again', $1, '{}', now() + interval '1 hour')",
        request.model_dump_json(),
    )
    assert (await site.request()).job_id == job


async def test_a_turn_that_began_then_is_over(site, rows, shopper):
    engine = open_engine(site.database_url, pool_size=1)
    assert await take_turn(engine, "looking", "a replica", 60)
    assert not await take_turn(engine, "looking", "another", 60)
    await rows.execute("UPDATE turns SET until = until + interval '1 hour' WHERE name = 'looking'")
    assert await take_turn(engine, "looking", "another", 60)
    await engine.dispose()


async def test_who_used_up_a_limit_then_waits_no_longer_than_others(site, rows, shopper):
    bucket = Bucket("tries", burst=2, seconds=1000)
    async with open_pool(site.database_url) as pool:
        for _ in range(2):
            await take(pool, bucket, "ada")
        with pytest.raises(ApiError):
            await take(pool, bucket, "ada")
        await rows.execute("UPDATE buckets SET at = at + interval '1 hour' WHERE key = $1", bucket.key("ada"))
        await take(pool, bucket, "ada")
        with pytest.raises(ApiError):
            await take(pool, bucket, "ada")
        await rows.execute("UPDATE buckets SET at = at - interval '1 hour' WHERE key = $1", bucket.key("ada"))
        await take(pool, bucket, "ada")
