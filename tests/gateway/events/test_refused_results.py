"""True results that the database does not take: what it refuses for its content, and what nobody foresaw."""

import contextlib

import asyncpg
import pytest
from buried import dead_letters_until

from schemas.deadletters import DeadLetter
from schemas.jobs import update_adapter
from services.gateway.db.engine import open_engine
from services.gateway.db.prepared_statements import open_pool
from services.gateway.events.ledger import Ledger
from services.storage import open_store


@contextlib.asynccontextmanager
async def altered(site, change, back):
    """The table of jobs is as no gateway expects it."""
    connection = await asyncpg.connect(site.database_url)
    await connection.execute(f"ALTER TABLE jobs {change}")
    try:
        yield
    finally:
        await connection.execute(f"ALTER TABLE jobs {back}")
        await connection.close()


async def letter(site):
    stored = await site.js.get_last_msg("DEADLETTERS", "deadletters.RESULTS.ledger")
    return DeadLetter.model_validate_json(stored.data)


async def test_a_value_that_the_database_refuses_is_buried_once_and_ends_its_job(site, shopper):
    change = "ALTER result_s3_key TYPE varchar(10)", "ALTER result_s3_key TYPE varchar(255)"
    async with altered(site, *change):
        job = await shopper.try_on()
        await site.ended(await site.request(job=job))
        await dead_letters_until(site, 1)
        found = (await shopper.http.get(f"/jobs/{job}")).json()
    error = (await letter(site)).error
    assert (error.code, found["status"]) == ("result_refused", "failed")
    assert "value too long for type character varying(10)" in error.message
    assert found["error"]["code"] == "result_malformed"


async def test_an_error_that_nobody_foresaw_is_tried_again_and_then_given_up(site, join):
    async with site.gateway() as url:
        shopper = await join(url)
        await shopper.prepare()
        job = await shopper.try_on()
        request = await site.request(job=job)
    engine, over = open_engine(site.database_url), []
    async with (
        open_store(site.storage) as store,
        open_pool(site.database_url) as pool,
        altered(site, "ADD CONSTRAINT never CHECK (status <> 'completed')", "DROP CONSTRAINT never"),
    ):
        ledger = Ledger(
            engine, pool, site.client, site.js, store, kick=lambda: None, moved=over.append, tries=2
        )
        await site.ended(request)
        pulling = await site.js.pull_subscribe_bind("ledger", "RESULTS")
        for delivery in (1, 2):
            (message,) = await pulling.fetch(1, timeout=60)
            assert message.metadata.num_delivered == delivery
            await ledger.write(update_adapter.validate_json(message.data), message)
            assert len(over) == delivery - 1, "the first time it is kept for later"
        with pytest.raises(TimeoutError):
            await pulling.fetch(1, timeout=5)
    await engine.dispose()
    error = (await letter(site)).error
    assert error.code == "result_refused" and 'violates check constraint "never"' in error.message
    assert [(one.id, one.status, one.error["code"]) for one in over] == [(job, "failed", "result_malformed")]
