"""Garments: kept, changed, worn by a VTON, asked about; each by its own user alone."""

import asyncpg

from schemas.ids import new_id
from services.gateway.db.engine import open_engine
from services.gateway.objects.retention import expire
from services.storage import open_store

CHART = {
    "kind": "garment", "unit": "cm", "flat": True, "sizes": ["S", "M"], "columns": [{"name": "chest"}],
    "rows": [[{"value": 48.5, "confidence": 0.97}], [{"value": 51, "confidence": 0.98}]],
}  # fmt: skip


async def kept(shopper, **told):
    answer = await shopper.http.post("/garments", json={"picture_keys": [shopper.garment], **told})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_garment_is_kept_changed_and_removed(shopper):
    garment = await kept(
        shopper, title="Blue tee", garment_class="tee", composition="95 % cotton 5 % elastane", chart=CHART,
        url="https://shop.example/tee?id=7",
    )  # fmt: skip
    assert {"id", "title", "part", "garment_class", "picture_keys", "cleaned_key", "composition", "stretch",
            "chart", "chart_confirmed", "url"} <= set(garment)  # fmt: skip
    assert (garment["part"], garment["stretch"], garment["chart_confirmed"]) == (
        "upper", "stretchy_knit", False,
    )  # fmt: skip
    assert garment["chart"]["rows"][0][0]["value"] == 48.5
    path = f"/garments/{garment['id']}"
    assert (await shopper.http.get(path)).json() == garment
    assert (await shopper.http.get("/garments")).json() == {"items": [garment], "next_cursor": None}

    # What is left out stays. A chart is confirmed as it is: one that changes is not any more.
    confirmed = (await shopper.http.put(path, json={"chart_confirmed": True})).json()
    assert (confirmed["chart_confirmed"], confirmed["chart"]) == (True, garment["chart"])
    same = (await shopper.http.put(path, json={"chart": garment["chart"], "title": "Tee"})).json()
    assert (same["chart_confirmed"], same["title"], same["url"]) == (True, "Tee", garment["url"])
    wider = {**CHART, "rows": [[{"value": 49}], [{"value": 52}]]}
    assert (await shopper.http.put(path, json={"chart": wider})).json()["chart_confirmed"] is False
    both = (await shopper.http.put(path, json={"chart": CHART, "chart_confirmed": True})).json()
    assert both["chart_confirmed"] is True
    told = (await shopper.http.put(path, json={"stretch": "rigid", "url": None, "part": "overall"})).json()
    assert (told["stretch"], told["url"], told["part"]) == ("rigid", None, "overall")
    assert (await shopper.http.put(path, json={"stretch": None})).json()["stretch"] == "stretchy_knit"
    assert (await shopper.http.put(path, json={"chart": None})).json()["chart_confirmed"] is False

    # Another picture has another cut-out.
    cleaned = await shopper.upload("image/png")
    assert (await shopper.http.put(path, json={"cleaned_key": cleaned})).json()["cleaned_key"] == cleaned
    other = (await shopper.http.put(path, json={"picture_keys": [await shopper.upload()]})).json()
    assert other["cleaned_key"] is None

    second = await kept(shopper)
    page = (await shopper.http.get("/garments?limit=1")).json()
    assert ([item["id"] for item in page["items"]], page["next_cursor"]) == ([second["id"]], second["id"])
    rest = (await shopper.http.get(f"/garments?cursor={page['next_cursor']}")).json()["items"]
    assert [item["id"] for item in rest] == [garment["id"]]
    assert (await shopper.http.delete(path)).status_code == 204
    assert (await shopper.http.get(path)).status_code == 404


async def test_what_no_garment_is_is_refused(shopper):
    for told, code, word in (
        ({"garment_class": "cloak"}, "invalid_request", "tee_slim"),
        ({"stretch": "very"}, "invalid_request", "moderate_knit"),
        ({"url": "javascript:alert(1)"}, "invalid_request", "url"),
        ({"picture_keys": []}, "invalid_request", "picture_keys"),
        ({"chart": {**CHART, "rows": []}}, "invalid_request", "one for each size"),
        ({"chart_confirmed": True}, "chart_missing", "no chart"),
        ({"chart": {**CHART, "unit": "unknown"}, "chart_confirmed": True}, "chart_unsettled", "unit"),
        ({"chart": {**CHART, "kind": "unknown"}, "chart_confirmed": True}, "chart_unsettled", "bodies"),
        ({"colour": "blue"}, "invalid_request", "colour"),
    ):
        answer = await shopper.http.post("/garments", json={"picture_keys": [shopper.garment], **told})
        assert (answer.status_code, answer.json()["code"]) == (422, code), told
        assert word in answer.text, told


async def test_nobody_reaches_another_ones_garments(shopper, join, url, site):
    garment = await kept(shopper, garment_class="tee", chart=CHART, chart_confirmed=True)
    other = await join(url)
    await other.prepare()
    for method, path, body in (
        ("GET", f"/garments/{garment['id']}", None),
        ("PUT", f"/garments/{garment['id']}", {"title": "mine"}),
        ("DELETE", f"/garments/{garment['id']}", None),
        ("GET", f"/garments/{new_id()}", None),
        ("GET", "/garments/none", None),
        ("GET", "/garments/%00", None),
        ("POST", "/garments", {"picture_keys": [shopper.garment]}),
        ("POST", "/garments", {"picture_keys": [other.garment], "cleaned_key": shopper.garment}),
        ("POST", "/vton", {"user_snap_s3": other.person, "garment_id": garment["id"]}),
        ("PUT", f"/vton/{other.vton}", {"garment_id": garment["id"]}),
        ("POST", "/jobs/fit", {"garment_id": garment["id"], "body": {"chest": 96}}),
    ):
        answer = await other.http.request(method, path, json=body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await other.http.get("/garments")).json()["items"] == []
    assert (await shopper.http.get(f"/garments/{garment['id']}")).json() == garment

    async with open_store(site.storage) as store:
        assert (await shopper.leave()).status_code == 204
        assert not await store.exists(shopper.garment)
    connection = await asyncpg.connect(site.database_url)
    assert await connection.fetchval("SELECT count(*) FROM garments") == 0
    await connection.close()


async def test_a_vton_wears_a_garment(shopper):
    cleaned = await shopper.upload("image/png")
    garment = await kept(shopper, title="Blue tee", cleaned_key=cleaned)
    wanted = {"user_snap_s3": shopper.person, "garment_id": garment["id"]}
    vton = (await shopper.http.post("/vton", json=wanted)).json()
    assert (vton["garment_id"], vton["title"]) == (garment["id"], "Blue tee")
    assert (vton["uncleaned_outfit_s3"], vton["cleaned_outfit_s3"]) == (shopper.garment, cleaned)
    neither = await shopper.http.post("/vton", json={"user_snap_s3": shopper.person})
    both = await shopper.http.post("/vton", json={**wanted, "uncleaned_outfit_s3": shopper.garment})
    assert (neither.status_code, both.status_code) == (422, 422)

    # A job on it keeps the garment; another picture is another garment's, by PUT or by a job.
    path = f"/vton/{vton['id']}"
    job = {"vton_id": vton["id"], "user_snap_s3": shopper.person, "uncleaned_outfit_s3": shopper.garment}
    queued = await shopper.http.post("/jobs/weaver", json=job)
    assert (await shopper.http.get(path)).json()["garment_id"] == garment["id"]
    busy = await shopper.http.put(path, json={"garment_id": garment["id"]})
    assert (busy.status_code, busy.json()["code"]) == (409, "job_active")
    await shopper.http.delete(f"/jobs/{queued.json()['job_id']}")
    changed = await shopper.http.put(path, json={"uncleaned_outfit_s3": await shopper.upload()})
    assert (changed.json()["garment_id"], changed.json()["cleaned_outfit_s3"]) == (None, None)
    back = (await shopper.http.put(path, json={"garment_id": garment["id"]})).json()
    assert (back["garment_id"], back["uncleaned_outfit_s3"]) == (garment["id"], shopper.garment)
    await shopper.http.post("/jobs/weaver", json={**job, "uncleaned_outfit_s3": await shopper.upload()})
    assert (await shopper.http.get(path)).json()["garment_id"] is None


async def test_the_pictures_of_a_garment_go_with_it_unless_something_else_uses_them(shopper, site):
    own, chart, worn, waiting = [await shopper.upload() for _ in range(4)]
    garment = await kept(shopper, picture_keys=[own, chart, worn, waiting, shopper.garment])
    await kept(shopper, picture_keys=[chart])
    await shopper.http.post("/vton", json={"user_snap_s3": shopper.person, "uncleaned_outfit_s3": worn})
    await shopper.http.post("/jobs/size_chart", json={"key": waiting})

    async with open_store(site.storage) as store:
        assert (await shopper.http.delete(f"/garments/{garment['id']}")).status_code == 204
        assert not await store.exists(own)
        assert all([await store.exists(key) for key in (chart, worn, waiting)])


async def test_a_picture_that_is_replaced_goes_unless_something_else_uses_it(shopper, site):
    own, worn, new = [await shopper.upload() for _ in range(3)]
    cleaned = await shopper.upload("image/png")
    garment = await kept(shopper, picture_keys=[own, worn], cleaned_key=cleaned)
    await shopper.http.post("/vton", json={"user_snap_s3": shopper.person, "uncleaned_outfit_s3": worn})
    path = f"/garments/{garment['id']}"

    async with open_store(site.storage) as store:
        refused = await shopper.http.put(path, json={"picture_keys": [new], "chart_confirmed": True})
        assert refused.status_code == 422
        assert await store.exists(own), "nothing changed"
        assert (await shopper.http.put(path, json={"title": "Tee"})).status_code == 200
        assert all([await store.exists(key) for key in (own, cleaned)])
        assert (await shopper.http.put(path, json={"picture_keys": [new]})).status_code == 200
        assert [await store.exists(key) for key in (own, cleaned, worn, new)] == [False, False, True, True]


async def test_pictures_of_a_garment_stay_while_it_does(shopper, site):
    garment = await kept(shopper)
    engine = open_engine(site.database_url, pool_size=1)
    async with open_store(site.storage) as store:
        await expire(engine, store, days=0.0)
        # Changed before the sweep began: an old garment goes, with its picture.
        assert (await shopper.http.get(f"/garments/{garment['id']}")).status_code == 404
        assert not await store.exists(shopper.garment)
        shopper.garment = await shopper.upload()
        young = await kept(shopper)
        connection = await asyncpg.connect(site.database_url)
        await connection.execute("UPDATE garments SET updated_at = now() + interval '1 day'")
        await connection.close()
        await expire(engine, store, days=0.0)
        assert (await shopper.http.get(f"/garments/{young['id']}")).json()["picture_keys"] == [
            shopper.garment
        ]
        assert await store.exists(shopper.garment)
    await engine.dispose()
