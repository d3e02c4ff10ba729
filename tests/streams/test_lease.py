"""One of several holds the lease; it is over for its holder before another can have it. On a real server."""

import asyncio
from functools import partial

import nats
import pytest

from services.embedded.nats import start_nats
from streams.kv.lease import Lease
from streams.provision import provision
from streams.topology import LEASES


@pytest.fixture
async def client(nats_url):
    client = await nats.connect(nats_url)
    await provision(client.jetstream(timeout=60))
    yield client
    await client.close()


async def _kept_for(client, seconds):
    """Leases that the server forgets after so long."""
    bucket = (await client.jetstream(timeout=60).stream_info(f"KV_{LEASES}")).config
    await client.jetstream(timeout=60).update_stream(bucket.evolve(max_age=seconds, duplicate_window=2))
    return partial(Lease, client, seconds=seconds, timeout=60)


@pytest.fixture
async def lease(client):
    """Makes leases that do not run out during a test, however slow its machine."""
    return await _kept_for(client, 3600)


async def _until_held(lease, *others):
    """Attempt it until it is held. Nobody else may hold it in the moment that it is won."""
    async with asyncio.timeout(60):
        while not lease.held():
            await lease.attempt()
            assert not lease.held() or not any(other.held() for other in others)
            await asyncio.sleep(0.02)


async def test_the_first_holds_it_and_keeps_it(lease):
    first, second = lease("one"), lease("one")
    for _ in range(3):
        await first.attempt()
        await second.attempt()
        assert (first.held(), second.held()) == (True, False)
    assert (first.failures, second.failures) == (0, 0), "to stand by is no fault"
    await (other := lease("two")).attempt()
    assert other.held(), "another lease is another matter"


async def test_who_comes_at_the_same_moment_does_not_share_it(lease):
    leases = [lease("one") for _ in range(8)]
    for _ in range(3):
        await asyncio.gather(*(lease.attempt() for lease in leases))
        assert sum(lease.held() for lease in leases) == 1


async def test_it_is_handed_over_at_once_by_one_that_is_told_to_stop(lease):
    first, second, stop = lease("one"), lease("one"), asyncio.Event()
    await first.attempt()
    stop.set()
    await asyncio.wait_for(first.keep(stop), 60)
    assert not first.held()
    await second.attempt()
    assert second.held()
    await first.attempt()
    assert not first.held()


async def test_of_one_that_falls_silent_it_is_over_before_another_has_it(client):
    lease = await _kept_for(client, 2)
    first, second = lease("one"), lease("one")
    await first.attempt()
    await _until_held(second, first)
    await _kept_for(client, 3600)
    await first.attempt()  # it is back, and late
    assert not first.held()


async def test_a_renewal_whose_answer_was_lost_is_found_to_be_ours(client, lease):
    ours = lease("one")
    await ours.attempt()
    bucket = await client.jetstream(timeout=60).key_value(LEASES)
    written = (await bucket.get("one")).value
    await bucket.put("one", written)  # as if a renewal had arrived and its answer had not
    await ours.attempt()
    assert not ours.held(), "it could have been anybody's"
    await ours.attempt()
    assert ours.held()


async def test_a_lease_that_an_operator_removes_is_nobodys_and_then_somebodys(client, lease):
    first, second = lease("one"), lease("one")
    await first.attempt()
    await (await client.jetstream(timeout=60).key_value(LEASES)).purge("one")
    await first.attempt()
    assert not first.held()
    await _until_held(second, first)


async def test_a_server_that_cannot_be_asked_is_a_failure_and_no_lease(client, lease):
    ours = lease("one")
    await client.jetstream(timeout=60).delete_key_value(LEASES)
    for count in (1, 2):
        await ours.attempt()
        assert (ours.held(), ours.failures) == (False, count)
    await provision(client.jetstream(timeout=60))
    await ours.attempt()
    assert (ours.held(), ours.failures) == (True, 0)


async def test_the_lease_of_a_run_that_was_killed_with_its_server_holds_nobody_up_for_long(tmp_path):
    server = await start_nats(tmp_path / "nats", tmp_path, port=0)
    client = await nats.connect(server.url)
    await provision(client.jetstream(timeout=60))
    first = (await _kept_for(client, 2))("one")
    await first.attempt()
    server.child.process.kill()
    await server.child.process.wait()
    await client.close()
    again = await start_nats(tmp_path / "nats", tmp_path, port=0)
    client = await nats.connect(again.url)
    await _until_held(Lease(client, "one", 2, timeout=60))
    await client.close()
    await again.child.stop()
