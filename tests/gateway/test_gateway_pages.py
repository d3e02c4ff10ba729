"""Documents, probes, metrics, the page at the root, and the short API."""

import asyncio

from gateway_actors import PICTURE


async def test_documents_and_pages(gateway, user, tmp_path):
    for path in ("/", "/docs", "/asyncapi", "/asyncapi.json", "/openapi.json", "/metrics", "/healthz"):
        answer = await user.http.get(path)
        assert answer.status_code == 200, path
        for elsewhere in ("cdn.", "unpkg", "fonts.googleapis", "https://fastapi.tiangolo"):
            assert elsewhere not in answer.text, path
    assert "Proteus &lt;messages&gt;" in (await user.http.get("/asyncapi")).text
    assert "proteus_http_request_seconds" in (await user.http.get("/metrics")).text
    ids = [
        op["operationId"]
        for path in (await user.http.get("/openapi.json")).json()["paths"].values()
        for op in path.values()
    ]
    assert len(ids) == len(set(ids))
    assert "create_try_on" in ids


async def test_ready_says_which_part_answers(user):
    answer = await user.http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["parts"] == {"database": "ok", "storage": "ok", "nats": "ok"}


async def test_the_web_app_is_served_when_it_is_built(start, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<title>the app</title>")
    gateway = await start(web=True, web_dir=tmp_path / "web")
    async with gateway.client() as http:
        assert "the app" in (await http.get("/")).text
        assert "the app" in (await http.get("/studio", headers={"accept": "text/html"})).text
        assert (await http.get("/vton")).status_code == 401


async def test_the_short_api_from_garment_to_state(user, worker):
    files = {"file": ("shirt.png", PICTURE, "image/png")}
    uploading = asyncio.create_task(user.http.post("/api/upload/cloth", files=files))
    made = await worker.end(await worker.take("tailor"), low_confidence=True)
    cloth = (await uploading).json()
    assert (cloth["cloth_key"], cloth["low_confidence"]) == (made.result_s3_key, True)
    assert cloth["cloth_clean_url"].startswith("http")
    body = {"user_snap_s3": user.snap, "uncleaned_outfit_s3": user.garment}
    snap = await user.http.post("/api/snap", json=body)
    assert snap.status_code == 202
    assert snap.json()["status"] == "queued"
    state = await user.http.get(f"/api/status/{snap.json()['job_id']}")
    assert state.json()["status"] == "queued"
    assert (await user.http.post("/api/snap", json={"user_snap_s3": user.snap})).status_code == 422
