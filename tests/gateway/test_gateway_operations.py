"""The operator's page: what an admin sees and pins; to everybody else there is no such route."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import nats
import pytest
import structlog
from loopback import http_client

from schemas import policy
from schemas.ids import new_job_id
from schemas.workers import BUCKET as WORKERS
from schemas.workers import ServiceTimes, WorkerInfo, worker_key
from services.embedded.nats import start_nats
from services.gateway.accounts.admins import set_admin
from services.gateway.db.engine import open_engine
from services.gateway.openapi.application import openapi_document
from streams.kv.policy import PolicyReader, get_text
from streams.provision import provision

ROUTES = [
    (method.upper(), path.format(key="weaver.batch_size", number=1))
    for path, methods in openapi_document()["paths"].items()
    if path.startswith("/operations")
    for method in methods
]


async def test_to_all_but_admins_there_is_no_such_route(site, url, shopper, admin):
    assert len(ROUTES) == 8
    nowhere = (await shopper.http.get("/nowhere")).json()
    async with http_client(url) as nobody:
        for method, path in ROUTES:
            for body in ({"value": "4"}, {}, None):
                other = await shopper.http.request(method, path, json=body)
                assert (other.status_code, other.json()) == (404, nowhere), (method, path, body)
                assert other.headers["content-type"] == "application/problem+json"
                assert (await nobody.request(method, path, json=body)).status_code == 401, (method, path)
    bucket = await site.js.key_value(policy.BUCKET)
    assert await get_text(bucket, "weaver.batch_size.pin") is None
    assert (await admin.http.get("/operations")).status_code == 200
    assert ((await admin.http.get("/user")).json()["admin"], shopper.user["admin"]) == (True, False)


async def test_an_admin_sees_queues_policy_workers_and_dead_letters(site, admin):
    for subject, count in (("tryon.requests.standard", 3), ("tryon.requests.vip", 2), ("tailor.requests", 1)):
        for _ in range(count):
            await site.js.publish(subject, b"{}")
    pull = await site.js.pull_subscribe_bind("weaver-vip", "TRYON")
    await pull.fetch(1, timeout=60)
    bucket = await site.js.key_value(policy.BUCKET)
    await bucket.put(policy.BATCH_SIZE, b"4")
    await bucket.put(policy.pin_key(policy.MODE), b"SURGE")
    await bucket.put(policy.REASON, b"3 wait")
    times = ServiceTimes(per_pass=0.5, per_image=0.1)
    await _beat(site, "weaver", "one", service_times=times, seconds_by_batch={1: 0.6})
    seen = (await admin.http.get("/operations")).json()
    lanes = {queue["kind"]: queue["lanes"] for queue in seen["queues"]}
    assert {lane["lane"]: (lane["waiting"], lane["in_work"]) for lane in lanes["try_on"]} == {
        "vip": (1, 1),
        "standard": (3, 0),
    }
    assert lanes["tailor"] == [{"lane": "standard", "waiting": 1, "in_work": 0, "paused": False}]
    assert {queue["kind"] for queue in seen["queues"] if queue["average_wait_seconds"] > 0} == {
        "try_on",
        "tailor",
    }
    keys = {key.pop("key"): key for key in seen["policy"]["keys"]}
    assert list(keys) == list(policy.KEYS) and seen["policy"]["reason"] == "3 wait"
    assert keys["weaver.batch_size"] == {
        "value": "4", "pin": None, "ignored_pin": None, "default": "1", "choices": None, "minimum": 1, "maximum": 8,
    }  # fmt: skip
    assert (keys["weaver.mode"]["value"], keys["weaver.mode"]["pin"]) == (None, "SURGE")
    assert keys["weaver.mode"]["choices"] == ["VIP", "ECONOMY", "SURGE"]
    assert keys["weaver.degraded_mode"]["choices"] == ["0", "1"]
    assert keys["weaver.quality"]["choices"] == ["full", "quick", "small", "least"]
    (worker,) = seen["workers"]
    assert (worker["instance"], worker["service_times"]["per_pass"]) == ("one", 0.5)
    assert worker["seconds_by_batch"] == {"1": 0.6}
    assert seen["dead_letters"] == 0
    assert seen["cost"] == {"gpu_hour_price": None, "weavers": 1, "per_hour": None, "per_image": None}


@pytest.mark.parametrize(
    ("key", "given", "written", "field", "read"),
    [
        ("weaver.batch_size", " 8 ", "8", "batch_size", 8),
        ("weaver.window_ms", "0", "0", "window_ms", 0),
        ("weaver.degraded_mode", "true", "1", "degraded_mode", True),
        ("weaver.mode", "ECONOMY", "ECONOMY", "mode", policy.Mode.ECONOMY),
        ("weaver.quality", "least", "least", "quality", "least"),
    ],
)
async def test_a_pin_is_what_weavers_obey_until_it_is_gone(site, admin, key, given, written, field, read):
    bucket = await site.js.key_value(policy.BUCKET)
    before = getattr(await PolicyReader(bucket).read(), field)
    with structlog.testing.capture_logs() as lines:
        assert (await admin.http.put(f"/operations/config/{key}", json={"value": given})).status_code == 204
        assert await get_text(bucket, f"{key}.pin") == written
        assert getattr(await PolicyReader(bucket).read(), field) == read
        assert await _pin(admin, key) == written, "the next look shows it"
        assert (await admin.http.delete(f"/operations/config/{key}")).status_code == 204
        assert await get_text(bucket, f"{key}.pin") is None
        assert getattr(await PolicyReader(bucket).read(), field) == before
        assert await _pin(admin, key) is None
        assert (await admin.http.delete(f"/operations/config/{key}")).status_code == 204, "again does no harm"
    audit = [line for line in lines if line.get("audit")]
    assert [line["event"] for line in audit] == ["config_pinned", "config_unpinned", "config_unpinned"]
    assert {(line["user_id"], line["key"]) for line in audit} == {(admin.id, key)}
    assert audit[0]["value"] == written


async def _pin(admin, key):
    keys = (await admin.http.get("/operations")).json()["policy"]["keys"]
    return next(found["pin"] for found in keys if found["key"] == key)


async def test_a_pin_that_no_weaver_obeys_and_a_paused_lane_are_named(site, admin):
    """Written with other tools: `nats kv put`, `nats consumer pause`."""
    bucket = await site.js.key_value(policy.BUCKET)
    await bucket.put("weaver.batch_size.pin", b"banana")
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    await site.js.pause_consumer("TRYON", "weaver", pause_until=until)
    seen = (await admin.http.get("/operations")).json()
    (key,) = [key for key in seen["policy"]["keys"] if key["key"] == "weaver.batch_size"]
    assert (key["pin"], key["ignored_pin"]) == (None, "banana")
    lanes = {lane["lane"]: lane["paused"] for queue in seen["queues"][:1] for lane in queue["lanes"]}
    assert lanes == {"vip": False, "standard": True}
    await admin.http.delete("/operations/config/weaver.batch_size")
    async with asyncio.timeout(60):  # a look of a moment ago is still shown
        while "banana" in (await admin.http.get("/operations")).text:
            await asyncio.sleep(0.05)


async def test_what_no_weaver_would_obey_is_refused_and_not_written(site, admin):
    bad = {
        "weaver.batch_size": ["0", "9", "many", "1.5", "-1", "", " ", "\x00"],
        "weaver.window_ms": ["-1", "501", "1e9"],
        "weaver.degraded_mode": ["2", "maybe"],
        "weaver.mode": ["surge", "FAST"],
        "weaver.quality": ["best", "FULL"],
    }
    for key, values in bad.items():
        for value in values:
            answer = await admin.http.put(f"/operations/config/{key}", json={"value": value})
            assert answer.status_code == 422, (key, value, answer.text)
            assert answer.json()["code"] in ("invalid_value", "invalid_request")
    answer = await admin.http.put("/operations/config/weaver.batch_size", json={"value": "9"})
    assert answer.json()["detail"] == "weaver.batch_size: Input should be less than or equal to 8"
    for key in ("weaver.reason", "weaver.batch_size.pin", "nothing", "%00", "weaver.*"):
        for method, body in (("PUT", {"value": "1"}), ("DELETE", None)):
            answer = await admin.http.request(method, f"/operations/config/{key}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "config_key_not_found"), key
    evil = {"Origin": "https://evil.example"}
    for method, path in ROUTES:
        if method != "GET":
            answer = await admin.http.request(method, path, json={"value": "4"}, headers=evil)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    bucket = await site.js.key_value(policy.BUCKET)
    assert not any([await get_text(bucket, policy.pin_key(key)) for key in policy.KEYS])


async def test_what_ended_is_counted_by_minute_and_divides_the_cost(site, join):
    async with site.gateway(gpu_hour_price=3.0) as url:
        admin = await site.make_admin(await join(url))
        for instance in ("one", "two"):
            await _beat(site, "weaver", instance)
        await _beat(site, "tailor", "one")
        connection = await asyncpg.connect(site.database_url)
        minute = await connection.fetchval("SELECT date_trunc('minute', now())")
        ended = [
            ("try_on", "completed", minute - timedelta(minutes=3)),
            ("try_on", "completed", minute - timedelta(minutes=3) + timedelta(seconds=59)),
            ("try_on", "failed", minute - timedelta(minutes=3)),
            ("tailor", "completed", minute - timedelta(minutes=2)),
            ("try_on", "cancelled", minute - timedelta(minutes=2)),
            ("try_on", "completed", minute - timedelta(minutes=58)),
            ("try_on", "completed", minute - timedelta(minutes=61)),
            ("try_on", "queued", None),
        ]
        for kind, status, at in ended:
            await connection.execute(
                "INSERT INTO jobs (id, user_id, kind, lane, status, request, ended_at)"
                " VALUES ($1, $2, $3, 'standard', $4, '{}', $5)",
                new_job_id(), admin.id, kind, status, at,
            )  # fmt: skip
        await connection.close()
        seen = (await admin.http.get("/operations")).json()
        minutes = {
            datetime.fromisoformat(found["at"]): (found["completed"], found["failed"])
            for found in seen["jobs_by_minute"]
        }
        assert len(seen["jobs_by_minute"]) == 60 and list(minutes) == sorted(minutes)
        assert {at: counts for at, counts in minutes.items() if any(counts)} == {
            minute - timedelta(minutes=3): (2, 1),
            minute - timedelta(minutes=2): (1, 0),
            minute - timedelta(minutes=58): (1, 0),
        }
        assert seen["cost"] == {"gpu_hour_price": 3.0, "weavers": 2, "per_hour": 6.0, "per_image": 2.0}


async def test_an_admin_who_is_one_no_longer_sees_nothing_at_once(site, url, admin):
    assert (await admin.http.get("/operations")).status_code == 200
    engine = open_engine(site.database_url)
    await set_admin(engine, admin.user["email"], admin=False)
    await engine.dispose()
    assert (await admin.http.get("/operations")).status_code == 404


async def test_without_nats_it_says_so_and_pins_nothing(site, join, tmp_path):
    server = await start_nats(tmp_path / "n", tmp_path, port=0)
    own = type(site)(server.url, site.storage, site.database_url, site.client)
    client = await nats.connect(server.url)
    await provision(client.jetstream(timeout=60))
    await client.close()
    async with own.gateway() as url:
        admin = await own.make_admin(await join(url))
        assert (await admin.http.get("/operations")).status_code == 200
        await server.child.stop()
        of_the_database = ("GET", "/operations/quality")
        assert (await admin.http.get(of_the_database[1])).status_code == 200
        for method, path in ROUTES:
            if (method, path) == of_the_database:
                continue
            async with asyncio.timeout(60):  # a look of a moment ago is still shown
                while (
                    answer := await admin.http.request(method, path, json={"value": "4"})
                ).status_code == 200:
                    await asyncio.sleep(0.05)
            assert (answer.status_code, answer.json()["code"]) == (503, "queue_unavailable"), (method, path)
            assert int(answer.headers["retry-after"]) > 0


async def test_nothing_is_promised_of_a_queue_that_nobody_can_read(site, url, shopper):
    job = await shopper.try_on()

    async def promised(expected):
        async with asyncio.timeout(60), http_client(url) as http:
            while True:
                await http.get("/readyz")  # a look at the consumers
                told = (await shopper.http.get(f"/jobs/{job}")).json()
                if (told["eta_seconds"] is not None) is expected:
                    return
                await asyncio.sleep(0.05)

    await _beat(site, "weaver", "one", seconds_by_batch={1: 2.0})
    await promised(True)
    await site.js.delete_consumer("TRYON", "weaver")
    await promised(False)
    await provision(site.js)
    await promised(True)


async def _beat(site, service, instance, **more):
    now = datetime.now(UTC)
    info = WorkerInfo(
        service=service, instance=instance, engine="simulated", engine_reason="asked for", preview=True,
        device="cpu", started_at=now, at=now, **more,
    )  # fmt: skip
    bucket = await site.js.key_value(WORKERS)
    await bucket.put(worker_key(service, instance), info.model_dump_json().encode())
