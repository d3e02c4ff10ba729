"""Streams, consumers and buckets as the contract names them; made once, updated when they differ."""

from datetime import UTC, datetime

import nats
import pytest
from nats.js.api import ConsumerConfig, RetentionPolicy

from schemas.workers import WorkerInfo
from services.embedded.nats import start_nats
from streams.connection import flush
from streams.provision import ProvisioningNeeded, check_consumer, open_bucket, provision


@pytest.fixture
async def js(nats_url):
    client = await nats.connect(nats_url)
    yield client.jetstream(timeout=60)
    await client.close()


async def test_provision_makes_everything_and_can_be_repeated(js):
    for _ in range(2):
        await provision(js)
    found = {info.config.name: info.config for info in await js.streams_info()}
    assert set(found) == {
        "TRYON", "TAILOR", "FITTING", "RESULTS", "EVENTS", "DEADLETTERS", "KV_config", "KV_workers", "KV_leases",
        "KV_returned",
    }  # fmt: skip
    for name, subject in (("TRYON", "tryon.requests.*"), ("TAILOR", "tailor.requests")):
        assert found[name].subjects == [subject]
        assert found[name].retention == RetentionPolicy.WORK_QUEUE
    assert found["RESULTS"].max_age == found["EVENTS"].max_age == 24 * 3600
    assert found["DEADLETTERS"].max_age == 30 * 24 * 3600
    assert found["EVENTS"].max_msgs_per_subject == 50
    assert found["EVENTS"].republish.dest == "live.>"
    assert found["KV_config"].max_msgs_per_subject == 16
    assert found["KV_leases"].max_age == 5
    consumers = {
        (stream, info.config.durable_name): info.config
        for stream in ("TRYON", "TAILOR", "FITTING", "RESULTS")
        for info in await js.consumers_info(stream)
    }
    assert set(consumers) == {
        ("TRYON", "weaver"), ("TRYON", "weaver-vip"), ("TAILOR", "tailor"),
        ("FITTING", "fitter-size_chart"), ("FITTING", "fitter-fit"), ("FITTING", "fitter-photo_check"),
        ("FITTING", "fitter-quality"), ("RESULTS", "ledger"),
    }  # fmt: skip
    assert consumers["TRYON", "weaver"].filter_subject == "tryon.requests.standard"
    assert consumers["TRYON", "weaver-vip"].filter_subject == "tryon.requests.vip"
    assert {config.ack_wait for name, config in consumers.items() if name[1] != "ledger"} == {7}
    assert consumers["RESULTS", "ledger"].ack_wait == 30


async def test_an_event_is_republished_with_its_sequence(js, nats_url):
    await provision(js)
    client = await nats.connect(nats_url)
    live = await client.subscribe("live.>")
    await flush(client)
    ack = await js.publish("events.someone", b"{}")
    message = await live.next_msg(timeout=60)
    assert message.subject == "live.events.someone"
    assert int(message.headers["Nats-Sequence"]) == ack.seq
    await client.close()


async def test_a_worker_says_what_to_run_when_its_consumer_is_missing_or_differs(js):
    await provision(js)
    await check_consumer(js, "TRYON", "weaver")
    await js.add_consumer(
        "TRYON",
        ConsumerConfig(
            durable_name="weaver", filter_subject="tryon.requests.standard", ack_wait=2, max_deliver=20
        ),
    )
    with pytest.raises(ProvisioningNeeded, match=r"ack_wait=2.*run `proteus provision`"):
        await check_consumer(js, "TRYON", "weaver")
    await js.delete_consumer("TRYON", "weaver")
    with pytest.raises(ProvisioningNeeded, match=r"is missing: run `proteus provision`"):
        await check_consumer(js, "TRYON", "weaver")
    await provision(js)
    await check_consumer(js, "TRYON", "weaver")


async def test_the_longer_wait_of_the_version_before_stays_while_its_workers_live(js):
    """They say every 10 s that they are still at a job: with a shorter wait it would be given to others meanwhile."""
    await provision(js)
    old = ConsumerConfig(durable_name="weaver", filter_subject="tryon.requests.standard", ack_wait=30)
    await js.add_consumer("TRYON", old)
    worker = WorkerInfo(
        service="weaver", instance="old", engine="simulated", engine_reason="", preview=False, device="cpu",
        started_at=datetime.now(UTC), at=datetime.now(UTC),
    )  # fmt: skip
    beats = await open_bucket(js, "workers")
    await beats.put("weaver.old", worker.model_dump_json(exclude={"in_progress_seconds"}).encode())

    async def wait():
        return (await js.consumer_info("TRYON", "weaver")).config.ack_wait

    await provision(js)
    assert await wait() == 30
    await check_consumer(js, "TRYON", "weaver")  # today's workers can work with it
    await beats.put(
        "weaver.old", worker.model_copy(update={"in_progress_seconds": 1.5}).model_dump_json().encode()
    )
    await provision(js)
    assert await wait() == 7


async def test_everything_is_there_after_a_server_was_killed(tmp_path):
    """The buckets, too: a worker that starts later finds them."""
    server = await start_nats(tmp_path / "nats", tmp_path, port=0)
    client = await nats.connect(server.url)
    await provision(client.jetstream(timeout=60))
    await client.close()
    server.child.process.kill()
    await server.child.process.wait()
    again = await start_nats(tmp_path / "nats", tmp_path, port=0)
    client = await nats.connect(again.url)
    js = client.jetstream(timeout=60)
    for bucket in ("config", "workers", "leases"):
        await open_bucket(js, bucket)
    assert {info.config.name for info in await js.streams_info()} >= {
        "TRYON",
        "TAILOR",
        "FITTING",
        "RESULTS",
        "EVENTS",
    }
    await check_consumer(js, "TRYON", "weaver")
    await client.close()
    await again.child.stop()


async def test_a_bucket_that_an_older_version_kept_in_memory_is_made_anew(js):
    await js.create_key_value(bucket="workers", storage="memory")
    await provision(js)
    assert (await js.stream_info("KV_workers")).config.storage == "file"


async def test_a_system_of_before_leases_gets_their_bucket_and_keeps_the_rest(js):
    await provision(js)
    await js.delete_key_value("leases")
    await (await js.key_value("config")).put("weaver.batch_size.pin", b"4")
    with pytest.raises(ProvisioningNeeded, match="'leases' is missing: run `proteus provision`"):
        await open_bucket(js, "leases")
    await provision(js)
    await open_bucket(js, "leases")
    assert (await (await js.key_value("config")).get("weaver.batch_size.pin")).value == b"4"


async def test_a_missing_bucket_is_named(js):
    with pytest.raises(ProvisioningNeeded, match="'workers' is missing: run `proteus provision`"):
        await open_bucket(js, "workers")
