"""Every operation of the document answers as it says, once through all of them, and so does the socket."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pytest
from documented import Answers, Events
from loopback import http_client
from websockets.asyncio.client import connect

from schemas.deadletters import DeadLetter
from schemas.jobs import SPECS
from schemas.jobs.base import JobError
from services.gateway.accounts.links import Purpose, issue
from services.gateway.db.engine import open_engine
from services.gateway.objects.fetch import Fetcher

CHART = {"text": "size,chest (cm)\nS,88-92\nM,92-96", "kind": "body"}
FIT = {
    "chart": {
        "kind": "body",
        "unit": "cm",
        "flat": None,
        "sizes": ["S", "M"],
        "columns": [{"name": "chest", "measure": "body"}],
        "rows": [[{"value": [88, 92]}], [{"value": [92, 96]}]],
        "confirmed": True,
    },
    "body": {"chest": 94},
    "garment_class": "tee",
}
ERROR = JobError(code="engine_fault", message="The machine could not run the model.")


@pytest.fixture
async def answers(site, join):
    """What checks answers, and a shopper and a guest whose answers it checks."""
    found = Answers()
    # Letters are not sent, and nobody waits for them.
    mail = {"smtp_url": "smtp://127.0.0.1:1", "mail_from": "a@b.c", "public_url": "https://try.example"}
    anywhere = Fetcher(lambda _address, _port: True)
    async with (
        site.gateway(guests=True, fetch_pictures=True, fetcher=anywhere, **mail) as url,
        http_client(url) as guest,
    ):
        shopper = await join(url)
        for http in (shopper.http, guest):
            http.event_hooks, http.timeout = {"response": [found.check]}, httpx.Timeout(60)
        yield found, shopper, guest


async def _end_uploads(site):
    """Cut-outs of the short API, as a tailor ends them."""

    async def end(message):
        request = SPECS["tailor"].request.model_validate_json(message.data)
        await site.ended(request, width=10, height=10, low_confidence=True)

    return await site.client.subscribe("tailor.requests", cb=end)


async def test_each_operation_answers_as_the_document_says(site, answers):
    found, shopper, guest = answers
    await site.make_admin(shopper)
    await _account(site, shopper, guest)
    await shopper.prepare()
    await _jobs(site, shopper)
    await _outfits(site, shopper)
    await _wardrobe(shopper)
    await _operations(site, shopper.http)
    await _end(shopper)
    told = {operation["operationId"] for operation in found.operations.values()}
    assert told - found.seen == set(), "the operations that did not succeed once"


async def _account(site, shopper, guest):
    http, account = shopper.http, {"email": shopper.user["email"], "password": shopper.password}
    assert (await guest.post("/user/signup", json={**account, "name": "x"})).status_code == 409
    assert (await guest.post("/user/signup", json={"email": "nobody"})).status_code == 422
    await guest.post("/user/guest")
    await guest.post("/user/signup", json={"email": "guest@example.com", "password": "long enough"})
    assert (await http.post("/user/login", json={**account, "password": "wrong"})).status_code == 401
    await http.post("/user/login", json=account)
    pair = (await http.post("/user/token", json=account)).json()
    await http.post("/user/token", json={"refresh_token": pair["refresh_token"]})
    await http.get("/user")
    await http.put("/user", json={"name": "Ada L."})
    assert (await http.post("/user/password/forgot", json={"email": account["email"]})).status_code == 204
    assert (await http.post("/user/email/check")).status_code == 204
    for purpose, path, more in (
        (Purpose.EMAIL, "email/confirm", {}),
        (Purpose.PASSWORD, "password/reset", {"password": account["password"]}),
    ):
        engine = open_engine(site.database_url, pool_size=1)
        async with engine.begin() as connection:
            token = await issue(connection, account["email"], purpose)
        await engine.dispose()
        assert (await http.post(f"/user/{path}", json={"token": token, **more})).status_code == 204
    await http.post("/user/login", json=account)


async def _jobs(site, shopper):
    http, events = shopper.http, Events()
    base = str(http.base_url).rstrip("/").replace("http", "ws", 1)
    token = (await http.get("/user/ws-token")).json()["token"]
    async with connect(f"{base}/ws?token={token}", open_timeout=60, proxy=None) as socket:
        key = {"Idempotency-Key": "once"}
        accepted = [await http.post("/jobs/try_on", json=shopper.wanted(), headers=key) for _ in range(2)]
        job = accepted[0].json()["job_id"]
        assert accepted[1].json()["job_id"] == job
        await http.get(f"/jobs/{job}")
        await site.started(await site.request(job=job))
        await site.ended(await site.request(job=job), seed=7, steps=30, width=10, height=10)
        async with asyncio.timeout(60):
            while True:
                event = json.loads(await socket.recv())
                events.check(event)
                if event["status"] == "completed":
                    break
    assert (await http.get(f"/jobs/{job}")).json()["result"]["seed"] == 7
    assert (await http.post(f"/jobs/{job}/cancel")).status_code == 409
    assert (await http.get("/jobs/none")).status_code == 404
    await http.post("/images/presignedDownloadUrl", json={"key": shopper.person})
    refused = await http.post("/images/presignedUploadUrl", json={"fileName": "a", "fileType": "text/plain"})
    assert refused.status_code == 415
    looked = {"person_key": shopper.person, "garment_key": shopper.garment, "result_key": shopper.person}
    for path, body in (
        ("weaver", shopper.wanted()), ("size_chart", CHART), ("fit", FIT),
        ("photo_check", {"key": shopper.person, "role": "person"}), ("quality", looked),
    ):  # fmt: skip
        await http.get(f"/jobs/{(await http.post(f'/jobs/{path}', json=body)).json()['job_id']}")
    for path, body in (("quality/inspect", looked), ("fitting/run", shopper.wanted())):
        assert (await http.post(f"/{path}", json=body)).status_code == 202
    await http.get("/sessions", params={"limit": 1})
    tailor = {"vton_id": shopper.vton, "uncleaned_outfit_s3": shopper.garment}
    for ask in ("delete", "cancel"):
        job = (await http.post("/jobs/tailor", json=tailor)).json()["job_id"]
        await (http.delete(f"/jobs/{job}") if ask == "delete" else http.post(f"/jobs/{job}/cancel"))
    uploads = await _end_uploads(site)
    picture = (await http.post("/images/presignedDownloadUrl", json={"key": shopper.garment})).json()["url"]
    async with http_client() as s3:
        content = (await s3.get(picture)).content
    assert (await http.post("/images/fetch", json={"url": picture})).status_code == 201
    form = {"file": ("x", content, "application/octet-stream")}  # judged by its bytes
    assert (await http.post("/api/upload/cloth", files=form)).status_code == 200
    await uploads.unsubscribe()
    assert (
        await http.post("/api/upload/cloth", files={"file": ("x", b"text", "text/plain")})
    ).status_code == 415
    snap = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
    assert (await http.post("/api/snap", json={**snap, "cloth_key": shopper.garment})).status_code == 422
    job = (await http.post("/api/snap", json=snap)).json()["job_id"]
    await http.get(f"/api/status/{job}")
    await http.get("/vton", params={"limit": 1})
    await http.get(f"/vton/{shopper.vton}")


async def _outfits(site, shopper):
    http, key = shopper.http, {"Idempotency-Key": "an outfit"}
    body = {"user_snap_s3": shopper.person, "garments": [{"key": shopper.garment}] * 2}
    outfit = (await http.post("/outfits", json=body, headers=key)).json()
    await site.ended(await site.request(job=outfit["garments"][0]["job_id"]), "failed", error=ERROR)
    async with asyncio.timeout(60):
        while (await http.post("/outfits", json=body, headers=key)).status_code == 202:
            await asyncio.sleep(0.05)
    failed = (await http.get(f"/outfits/{outfit['id']}")).json()
    assert (failed["failed"], failed["error"]["code"]) == (1, "engine_fault")
    assert (await http.post(f"/outfits/{outfit['id']}/cancel")).status_code == 409
    other = (await http.post("/outfits", json=body)).json()["id"]
    assert (await http.post(f"/outfits/{other}/cancel")).json()["status"] == "cancelled"
    await http.delete(f"/outfits/{other}")
    await http.get("/outfits", params={"limit": 1})
    assert (await http.get(f"/outfits/{other}")).status_code == 404
    assert (await http.post("/outfits", json={**body, "garments": []})).status_code == 422


async def _wardrobe(shopper):
    http = shopper.http
    assert (await http.put("/user/body", json={"chest": 94, "waist": 5000})).status_code == 422
    await http.put("/user/body", json={"chest": 94, "weight": {"value": 70, "source": "estimated"}})
    await http.get("/user/body")
    wanted = {
        "picture_keys": [shopper.garment],
        "title": "Tee",
        "garment_class": "tee",
        "composition": "cotton",
    }
    garment = (await http.post("/garments", json=wanted)).json()["id"]
    assert (await http.put(f"/garments/{garment}", json={"chart_confirmed": True})).status_code == 422
    await http.put(f"/garments/{garment}", json={"chart": FIT["chart"]})
    await http.get(f"/garments/{garment}")
    await http.get("/garments", params={"limit": 1})
    await http.get(
        f"/jobs/{(await http.post('/jobs/fit', json={'garment_id': garment, 'body': 'me'})).json()['job_id']}"
    )
    for path, body in (
        ("wardrobe", {"key": shopper.garment}),
        ("p2p", {"garment_id": garment, "body": "me"}),
    ):
        assert (await http.post(f"/{path}/analyze", json=body)).status_code == 202
    await http.delete(f"/garments/{garment}")
    assert (await http.get(f"/garments/{garment}")).status_code == 404
    await http.delete("/user/body")


async def _operations(site, http):
    await http.get("/operations")
    await http.get("/operations/quality")
    await http.put("/operations/config/weaver.batch_size", json={"value": "4"})
    assert (await http.put("/operations/config/weaver.batch_size", json={"value": "many"})).status_code == 422
    await http.delete("/operations/config/weaver.batch_size")
    letter = DeadLetter(
        stream="TRYON", consumer="weaver", subject="tryon.requests.standard", stream_seq=1, deliveries=3,
        error=ERROR, payload="nonsense", at=datetime.now(UTC),
    )  # fmt: skip
    for _ in range(2):
        await site.js.publish("deadletters.TRYON.weaver", letter.model_dump_json().encode())
    first, second = [each["number"] for each in (await http.get("/operations/deadletters")).json()["items"]]
    await http.get(f"/operations/deadletters/{first}")
    await http.post(f"/operations/deadletters/{first}/retry")
    await http.delete(f"/operations/deadletters/{second}")
    assert (await http.get("/operations/deadletters/999999")).status_code == 404


async def _end(shopper):
    other = {"user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
    vton = (await shopper.http.post("/vton", json=other)).json()["id"]
    await shopper.http.put(f"/vton/{vton}", json={"title": "red"})
    await shopper.http.delete(f"/vton/{vton}")
    assert (await shopper.http.get(f"/vton/{vton}")).status_code == 404
    account = {"email": shopper.user["email"], "password": shopper.password}
    await shopper.http.post("/user/logout")
    assert (await shopper.http.get("/user")).status_code == 401
    await shopper.http.post("/user/login", json=account)
    await shopper.leave()
