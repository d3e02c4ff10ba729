"""What /metrics says of what the gateway has not done yet."""

import math

from exposition import number, until

from services.embedded.postgres import start_postgres


async def test_what_nats_is_owed_is_counted_and_grows_old_until_it_is_back(site, join, own_nats):
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await until(url, lambda depth: depth == 0, "proteus_outbox_depth")
        await own_nats.stop()
        await ada.try_on()
        await until(url, lambda depth: depth == 2, "proteus_outbox_depth")  # the request, and the event of it
        first = await until(url, lambda age: age > 0, "proteus_outbox_oldest_seconds")
        await until(url, lambda age: age > first, "proteus_outbox_oldest_seconds")
        await until(url, math.isnan, "proteus_ledger_lag")  # an old number would be a lie
        await own_nats.start()
        await until(url, lambda depth: depth == 0, "proteus_outbox_depth")
        await until(url, lambda age: age == 0, "proteus_outbox_oldest_seconds")
        await until(url, lambda lag: lag == 0, "proteus_ledger_lag")


async def test_results_that_no_row_shows_yet_are_the_ledgers_lag(site, join, tmp_path):
    postgres = await start_postgres(tmp_path / "pg", tmp_path, port=0)
    port = int(postgres.url.rsplit(":", 1)[1].split("/")[0])
    site.database_url = postgres.url
    async with site.gateway() as url:
        ada = await join(url)
        await ada.prepare()
        await ada.try_on()
        request = await site.request()
        await postgres.child.stop()
        await site.ended(request)
        await until(url, lambda lag: lag == 1, "proteus_ledger_lag")
        await until(url, math.isnan, "proteus_outbox_depth")
        assert await number(url, "proteus_jobs_total", kind="try_on", status="completed") == 0
        postgres = await start_postgres(tmp_path / "pg", tmp_path, port=port)
        await until(url, lambda jobs: jobs == 1, "proteus_jobs_total", kind="try_on", status="completed")
        await until(url, lambda lag: lag == 0, "proteus_ledger_lag")
        assert await number(url, "proteus_job_seconds_count", kind="try_on") == 1
    await postgres.child.stop()


async def test_dead_letters_are_counted_until_they_are_gone(url, site):
    await until(url, lambda letters: letters == 0, "proteus_dead_letters")
    await site.js.publish("results.somebody.some-job", b"no result")
    await until(url, lambda letters: letters == 1, "proteus_dead_letters")
    await site.js.purge_stream("DEADLETTERS")
    await until(url, lambda letters: letters == 0, "proteus_dead_letters")


async def test_events_to_open_sockets_are_counted(url, shopper):
    async with await shopper.socket() as socket:
        await until(url, lambda count: count == 1, "proteus_sockets")
        await shopper.try_on()
        await socket.recv()
        await until(url, lambda count: count == 1, "proteus_socket_events_total")
    await until(url, lambda count: count == 0, "proteus_sockets")
