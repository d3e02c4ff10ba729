"""From 0.1.0 with jobs in flight, and back: on rows, streams and messages that a running 0.1.0 left behind."""

import json
from pathlib import Path

import asyncpg
import nats
import pytest
from alembic import command
from databases import own_database
from loopback import http_client
from nats.errors import TimeoutError as NothingThere
from own_nats import OwnNats
from sqlalchemy.ext.asyncio import create_async_engine

from schemas.jobs import SPECS
from services.gateway.db.engine import DIALECT, connect_args
from services.gateway.db.migrate import config_for, migrate
from streams.provision import provision

#: `account`, rows by table and streams with their consumers and messages; 0006 was its newest migration.
RECORDED = json.loads((Path(__file__).parent / "recorded/0.1.0.json").read_text())
REQUESTS = ("TRYON", "TAILOR")


async def _schema(url, step, revision):
    """``command.upgrade`` or ``command.downgrade`` to a revision."""

    def go(connection):
        step(config_for(connection), revision)

    engine = create_async_engine(DIALECT, connect_args=connect_args(url, {}))
    async with engine.connect() as connection:
        await connection.run_sync(go)
        await connection.commit()
    await engine.dispose()


async def _rows(url):
    """Those that 0.1.0 had, with the columns that it knew."""
    connection = await asyncpg.connect(url)
    found = {}
    for table, rows in RECORDED["tables"].items():
        known = rows[0].keys() if rows else ()
        now = [
            json.loads(row["r"])
            for row in await connection.fetch(f"SELECT to_jsonb(t) r FROM {table} t ORDER BY 1")
        ]
        found[table] = [{name: row[name] for name in known} for row in now]
    await connection.close()
    return found


async def _fill(url, client, js):
    """The database and the streams as they were."""
    connection = await asyncpg.connect(url)
    for table, rows in RECORDED["tables"].items():
        into = f"INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1)"
        await connection.execute(into, json.dumps(rows))
    await connection.close()
    for stream in RECORDED["streams"]:
        name = stream["config"]["name"]
        wanted = [(f"STREAM.CREATE.{name}", stream["config"])]
        wanted += [
            (
                f"CONSUMER.DURABLE.CREATE.{name}.{consumer['durable_name']}",
                {"stream_name": name, "config": consumer},
            )
            for consumer in stream["consumers"]
        ]
        for api, body in wanted:
            answer = json.loads(
                (await client.request(f"$JS.API.{api}", json.dumps(body).encode(), timeout=60)).data
            )
            assert "error" not in answer, answer
        for message in stream["messages"]:
            body = json.dumps(message["data"]).encode()
            stored = await js.publish(message["subject"], body, headers=message["headers"] or None)
            assert stored.seq == message["seq"]


@pytest.fixture
async def database_url(postgres_server):
    """Empty: the schema of 0.1.0 comes into it."""
    async with own_database(postgres_server) as url:
        yield url


@pytest.fixture
async def left_behind(site, tmp_path):
    """A site as 0.1.0 left it; its NATS is its own."""
    own = OwnNats(tmp_path)
    await own.start()
    site.nats_url, site.client = own.url, await nats.connect(own.url)
    site.js = site.client.jetstream(timeout=60)
    await _schema(site.database_url, command.upgrade, "0006")
    await _fill(site.database_url, site.client, site.js)
    yield site
    await site.client.close()
    await own.stop()


async def _work(site, unfinished):
    """As workers of all pools, until no job is left; each end is told twice."""
    lanes = [
        await site.js.pull_subscribe_bind(durable=consumer["durable_name"], stream=stream["config"]["name"])
        for stream in RECORDED["streams"]
        if stream["config"]["name"] in REQUESTS
        for consumer in stream["consumers"]
    ]
    while await unfinished():
        for lane in lanes:
            try:
                (message,) = await lane.fetch(1, timeout=0.2)
            except NothingThere:
                continue
            spec = next(spec for spec in SPECS.values() if spec.stream == message.metadata.stream)
            request = spec.request.model_validate_json(message.data)
            attempt = message.metadata.num_delivered
            await site.started(request, attempt)
            for _ in range(2):
                await site.ended(request, attempt=attempt)
            await message.ack()


async def test_every_job_in_flight_ends_once_after_the_upgrade(left_behind):
    site, every = left_behind, [job["id"] for job in RECORDED["tables"]["jobs"]]
    (user,) = (u["id"] for u in RECORDED["tables"]["users"] if u["email"] == RECORDED["account"]["email"])
    jobs = [job["id"] for job in RECORDED["tables"]["jobs"] if job["user_id"] == user]
    assert {job["status"] for job in RECORDED["tables"]["jobs"]} >= {"queued", "running"}
    assert any(job["then_job_id"] for job in RECORDED["tables"]["jobs"]), "a chain is among them"
    await provision(site.js)
    await migrate(site.database_url)
    async with site.gateway() as url, http_client(url) as http:
        assert (await http.post("/user/login", json=RECORDED["account"])).status_code == 200

        async def seen():
            return [(await http.get(f"/jobs/{job}")).json() for job in jobs]

        async def unfinished():
            return [job for job in await seen() if job["status"] in ("queued", "running")]

        await _work(site, unfinished)
        assert [job["status"] for job in await seen()] == ["completed"] * len(jobs)
        assert all(job["result"]["result_s3_key"] for job in await seen())
    ends = []
    for sequence in range(*await _sequences(site.js, "EVENTS")):
        event = json.loads((await site.js.get_msg("EVENTS", sequence)).data)
        ends += [event["job_id"]] if event["status"] == "completed" else []
    assert sorted(ends) == sorted(every), "each end is told once"
    for stream in (*REQUESTS, "DEADLETTERS"):
        assert (await site.js.stream_info(stream)).state.messages == 0, stream


async def _sequences(js, stream):
    state = (await js.stream_info(stream)).state
    return state.first_seq, state.last_seq + 1


async def test_the_way_back_loses_nothing_while_no_new_kind_was_used(left_behind):
    before = await _rows(left_behind.database_url)
    assert before["jobs"]
    await migrate(left_behind.database_url)
    assert await _rows(left_behind.database_url) == before
    await _schema(left_behind.database_url, command.downgrade, "0006")
    assert await _rows(left_behind.database_url) == before
