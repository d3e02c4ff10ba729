"""The kinds that need no GPU, from POST to result: a gateway and a fitter on real servers."""

import asyncio
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from engines_told import told
from PIL import Image, ImageDraw, ImageFont

from inference.registry import create
from schemas.jobs import BY_POOL
from schemas.sizing.fabric import stretch_of
from services.settings import NatsSettings
from services.worker.app import run_worker
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Engaged
from services.worker.settings import WorkerSettings

CHART = "T-shirt, garment measurements in cm, laid flat\nSize;Chest;Length\nS;48.5;68\nM;51;70\nL;53.5;72\n"
SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"
PICTURE = Path(__file__).parents[2] / "inference/engines/size_chart/data/c04.png"
BODY = {"height": 172, "chest": 96}


@asynccontextmanager
async def fitter(site):
    """A worker of both kinds until the block ends."""
    stop = asyncio.Event()
    kinds = [
        Engaged(HANDLERS[spec.kind], *create(spec.kind, "auto", told(cpu_threads=1)))
        for spec in BY_POOL["fitter"]
    ]
    work = run_worker(kinds, WorkerSettings(), NatsSettings(nats_url=site.nats_url), site.storage, stop)
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 120)


async def ended(shopper, kind, body):
    """The job, when it has ended: waited for as long as a caller may, again where the machine is slow."""
    answer = await shopper.http.post(f"/jobs/{kind}", json=body, headers={"Prefer": "wait=30"})
    while answer.status_code == 202 or answer.json()["status"] in {"queued", "running"}:
        answer = await shopper.http.get(f"/jobs/{answer.json()['job_id']}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def care_label(*lines):
    """A photo of one."""
    label = Image.new("RGB", (600, 120 * len(lines)), "white")
    font = ImageFont.load_default(48)
    for i, line in enumerate(lines):
        ImageDraw.Draw(label).text((40, 30 + 110 * i), line, "black", font)
    label.save(file := BytesIO(), "PNG")
    return file.getvalue()


def typed(**changes):
    """A chart as a shop types it."""
    return {
        "kind": "garment", "unit": "cm", "flat": True, "sizes": ["S", "M", "L"], "confirmed": True,
        "columns": [{"name": "chest"}, {"name": "inseam"}],
        "rows": [[{"value": 48.5}, None], [{"value": 51}, None], [{"value": 53.5}, None]], **changes,
    }  # fmt: skip


@pytest.fixture
async def served(site, shopper):
    async with fitter(site):
        yield shopper


async def test_a_chart_is_read_and_confirmed_and_a_size_is_named(served):
    read = await ended(served, "size_chart", {"text": CHART})

    assert read["status"] == "completed", read["error"]
    (table,) = read["result"]["tables"]
    assert (table["kind"], table["unit"], table["flat"]) == ("garment", "cm", True)
    assert table["sizes"] == ["S", "M", "L"]
    assert [column["name"] for column in table["columns"]] == ["chest", "length"]
    assert [[cell["value"] for cell in row] for row in table["rows"]] == [[48.5, 68], [51, 70], [53.5, 72]]
    assert (read["result"]["questions"], read["vton_id"]) == ([], None)

    question = {"body": BODY, "garment_class": "tee", "stretch": "moderate_knit"}
    advised = (await ended(served, "fit", {"chart": {**table, "confirmed": True}, **question}))["result"]
    assert (advised["recommended"], advised["refused"], advised["confidence"]) == ("M", None, "medium")
    chest = next(section for section in advised["sections"] if section["name"] == "chest")
    assert (chest["verdict"], chest["ease_cm"], chest["wanted_cm"]) == ("good", 6.0, [2.0, 10.0])
    assert "one_section" in advised["reasons"] and advised["explanation"][0] == "M; confidence medium"

    # What nobody confirmed, with a cell that was read badly, names no size.
    doubtful = {**table, "rows": [[{**row[0], "confidence": 0.6}, row[1]] for row in table["rows"]]}
    refused = (await ended(served, "fit", {"chart": doubtful, **question}))["result"]
    assert (refused["recommended"], refused["refused"]) == (None, "chart_unconfirmed")

    # The picture of a chart, by its key: each cell says where it stood.
    key = await served.upload("image/png", PICTURE.read_bytes())
    pictured = await ended(served, "size_chart", {"key": key})
    assert pictured["status"] == "completed", pictured["error"]
    cells = [cell for table in pictured["result"]["tables"] for row in table["rows"] for cell in row if cell]
    assert cells and all(len(cell["box"]) == 4 and 0 <= cell["confidence"] <= 1 for cell in cells)
    with Image.open(PICTURE) as picture:
        assert pictured["result"]["tables"][0]["picture_size"] == list(picture.size)

    # What is known beforehand is not asked; what is not known is no fact.
    girths = "Size;Bust;Waist\nS;84;66\nM;88;70\n"
    asked = (await ended(served, "size_chart", {"text": girths}))["result"]
    told = (await ended(served, "size_chart", {"text": girths, "kind": "body"}))["result"]
    assert [question["code"] for question in asked["questions"]] == ["body_or_garment"]
    assert (asked["tables"][0]["kind"], told["tables"][0]["kind"]) == ("unknown", "body")
    assert told["questions"] == []
    guessed = {"chart": {**asked["tables"][0], "confirmed": True}, "body": BODY, "garment_class": "blouse"}
    assert (await ended(served, "fit", guessed))["result"]["refused"] == "chart_kind_unknown"

    # Sizes by the labels of another country; the leg of those on offer that ends nearest to the ground.
    countries = "Body measurements in cm\nSize;EU;Chest\nS;36;84\nM;38;88\n"
    eu = (await ended(served, "size_chart", {"text": countries, "system": "EU"}))["result"]["tables"][0]
    assert eu["sizes"] == ["36", "38"] and eu["labels"] == [{"header": "Size", "names": ["S", "M"]}]
    girth = [(80, 98), (84, 102), (88, 106)]
    rows = [[{"value": waist}, {"value": hip}] for waist, hip in girth]
    waist = typed(columns=[{"name": "waist"}, {"name": "hip"}], flat=False, rows=rows)
    jeans = {"chart": waist, "garment_class": "jeans", "length": [76, 81, 86]}
    body = {"height": 178, "waist": 82, "hips": 97, "inseam": 83}
    leg = (await ended(served, "fit", {**jeans, "body": body}))["result"]
    assert (leg["recommended"], leg["length"]) == ("M", 81)


async def test_a_photo_is_looked_at_before_anything_is_made_of_it(served):
    ada = await served.upload("image/jpeg", (SAMPLES / "people/ada.jpg").read_bytes())
    good = await ended(served, "photo_check", {"key": ada, "role": "person", "part": "upper"})
    assert good["status"] == "completed", good["error"]
    seen = good["result"]
    assert (seen["ok"], seen["people"], seen["framing"], seen["issues"]) == (True, "one", "hips", [])
    assert len(seen["pose"]["landmarks"]) == 33 and seen["pose"]["facing"] == "front"
    assert seen["garment"] is None and len(seen["crop"]) == len(seen["box"]) == 4

    trousers = await served.upload("image/jpeg", (SAMPLES / "garments/trousers.jpg").read_bytes())
    asked = {"key": trousers, "role": "garment", "part": "upper"}
    garment = (await ended(served, "photo_check", asked))["result"]
    assert garment["ok"] and garment["garment"]["part"] == "lower" and not garment["garment"]["worn"]
    (issue,) = garment["issues"]
    assert (issue["code"], issue["severity"]) == ("garment_part_differs", "warn")
    assert issue["message"] and issue["cure"]

    nobody = (await ended(served, "photo_check", {"key": trousers, "role": "person"}))["result"]
    assert not nobody["ok"] and [one["code"] for one in nobody["issues"]] == ["person_not_found"]
    assert nobody["issues"][0]["severity"] == "block" and nobody["pose"] is None

    # A result that is the photo itself was not dressed.
    dress = await served.upload("image/jpeg", (SAMPLES / "garments/dress.jpg").read_bytes())
    asked = {"person_key": ada, "garment_key": dress, "result_key": ada, "part": "overall", "engine": "warp"}
    judged = (await ended(served, "quality", asked))["result"]
    verdicts = {check["name"]: check["verdict"] for check in judged["checks"]}
    assert (judged["verdict"], verdicts["old_garment"], verdicts["face"]) == ("reject", "reject", "pass")

    broken = await served.upload("image/jpeg", b"GIF89a")
    failed = await ended(served, "photo_check", {"key": broken, "role": "person"})
    assert (failed["status"], failed["error"]["code"]) == ("failed", "picture_type")


async def analysed(shopper, path, body):
    """What an analysis says: asked again with the same key where the machine is slow."""
    headers = {"Prefer": "wait=30", "Idempotency-Key": str(body)[-200:]}
    answer = await shopper.http.post(path, json=body, headers=headers)
    while answer.status_code == 202:
        answer = await shopper.http.post(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_older_names_answer_with_the_same_jobs(served):
    trousers = await served.upload("image/jpeg", (SAMPLES / "garments/trousers.jpg").read_bytes())
    label = await served.upload("image/png", care_label("95% COTTON", "5% ELASTANE", "MADE IN PORTUGAL"))

    wardrobe = await analysed(served, "/wardrobe/analyze", {"key": trousers, "chart_key": label})
    assert [job["kind"] for job in wardrobe["jobs"]] == ["photo_check", "size_chart"]
    assert (wardrobe["parts"], wardrobe["tables"], wardrobe["errors"]) == (["lower"], [], [])
    assert stretch_of(wardrobe["composition"], "tee") == "stretchy_knit"

    asked = {"chart": typed(), "body": BODY, "garment_class": "tee", "stretch": "moderate_knit"}
    compared = await analysed(served, "/p2p/analyze", asked)
    assert (compared["recommended"], compared["refused"]) == ("M", None)
    assert (compared["deltas"]["chest"], compared["verdicts"]["chest"]) == (6.0, "good")
    loose = await analysed(served, "/p2p/analyze", {**asked, "body": {**BODY, "chest": 84}})
    assert (loose["verdicts"]["chest"], loose["phrases"]) == (
        "loose",
        ["roomy at the chest, with soft folds"],
    )


async def test_a_result_is_judged_by_the_older_name(served):
    ada = await served.upload("image/jpeg", (SAMPLES / "people/ada.jpg").read_bytes())
    dress = await served.upload("image/jpeg", (SAMPLES / "garments/dress.jpg").read_bytes())
    asked = {"person_key": ada, "garment_key": dress, "result_key": ada, "part": "overall", "engine": "warp"}
    judged = await analysed(served, "/quality/inspect", asked)
    assert (judged["verdict"], judged["passed"], judged["errors"]) == ("reject", False, [])
    assert "what was worn before still shows" in judged["feedback"] and judged["checks"]
    broken = await served.upload("image/jpeg", b"GIF89a")
    judged = await analysed(served, "/quality/inspect", {**asked, "result_key": broken})
    assert (judged["status"], judged["verdict"], judged["passed"]) == ("failed", None, None)
    assert judged["errors"] == ["picture_type"]


async def test_what_is_no_chart_ends_with_a_reason(served):
    many = "Size;Chest\n" + "\n".join(";".join(["80"] * 100) for _ in range(100))
    wide = "Size" + ";Chest" * 400 + "\n" + "\n".join("S" + ";80" * 400 for _ in range(3))
    for body, code in (
        ({"text": "Total: 12.50\nThank you!"}, "no_size_chart"),
        ({"html": "<p>a cat</p><script>steal()</script>"}, "no_size_chart"),
        ({"text": many}, "chart_too_large"),
        ({"text": wide}, "chart_too_large"),
        # A few long rows among many short ones.
        ({"html": "<table>" + "<td colspan=50>8" * 1000 + "<tr><td>x" * 3000}, "chart_too_large"),
        ({"key": await served.upload()}, "no_size_chart"),
        ({"key": await served.upload(picture=b"GIF87a")}, "picture_type"),
    ):
        job = await ended(served, "size_chart", body)
        assert (job["status"], job["result"]) == ("failed", None), str(body)[:80]
        assert job["error"]["code"] == code, (str(body)[:80], job["error"])

    theirs = f"users/{'0' * 8}-0000-7000-8000-{'0' * 12}/uploads/x.png"
    fit = {"chart": typed(), "body": BODY, "garment_class": "tee"}
    for kind, body, status, word in (
        ("size_chart", {"key": theirs}, 404, ""),
        ("size_chart", {}, 422, "one of key, text and html"),
        ("size_chart", {"text": CHART, "html": CHART}, 422, "one of key, text and html"),
        ("size_chart", {"text": "a\x00b"}, 422, "text"),
        ("size_chart", {"text": "a" * 60_001}, 422, "text"),
        ("size_chart", {"text": "a" * 70_000}, 413, ""),
        ("fit", {**fit, "chart": typed(rows=[])}, 422, "one for each size"),
        ("fit", {**fit, "chart": typed(sizes=["S", "S", "L"])}, 422, "twice"),
        ("fit", {**fit, "chart": typed(unit="ell")}, 422, "unit"),
        ("fit", {**fit, "body": {"chest": -1}}, 422, "chest"),
        ("fit", {**fit, "body": {"bust": 96}}, 422, "bust"),
    ):
        told = await served.http.post(f"/jobs/{kind}", json=body)
        assert told.status_code == status and word in told.text, (kind, str(body)[:80], told.text)


async def test_what_names_no_size_is_told_in_words(served):
    for changes, refused, about in (
        ({"garment_class": "cloak"}, "unknown_class", "cloak"),
        ({"chart": typed(unit="unknown")}, "unit_unknown", None),
        ({"chart": typed(flat=None)}, "flat_or_girth_unknown", "chest"),
        ({"chart": typed(confirmed=False)}, "chart_unconfirmed", None),
        ({"body": {"chest": 900}}, "implausible_body", "chest"),
        ({"body": {"height": 172, "weight": 70}}, "missing_measurement", "chest"),
        ({"body": {"chest": 96, "estimated": ["chest"]}}, "insufficient_evidence", "chest"),
        ({"body": {"chest": 140}}, "no_size_large_enough", None),
    ):
        asked = {"chart": typed(), "body": BODY, "garment_class": "tee", **changes}
        result = (await ended(served, "fit", asked))["result"]
        assert (result["recommended"], result["refused"], result["about"]) == (None, refused, about), changes
        assert result["explanation"][0].startswith("No size is named: ")


async def test_a_garment_and_ones_own_body_name_a_size_once_its_chart_is_confirmed(served):
    read = (await ended(served, "size_chart", {"text": CHART}))["result"]["tables"][0]
    told = {
        "picture_keys": [served.garment],
        "garment_class": "tee",
        "composition": "100% cotton",
        "chart": read,
    }
    garment = (await served.http.post("/garments", json=told)).json()
    await served.http.put("/user/body", json={**BODY, "waist": {"value": 80, "source": "estimated"}})
    question = {"garment_id": garment["id"], "body": "me"}

    # However surely it was read: nobody has looked at it.
    assert min(cell["confidence"] for row in read["rows"] for cell in row) >= 0.9
    refused = (await ended(served, "fit", question))["result"]
    assert (refused["recommended"], refused["refused"]) == (None, "chart_unconfirmed")

    await served.http.put(f"/garments/{garment['id']}", json={"chart_confirmed": True})
    job = await ended(served, "fit", question)
    assert (job["result"]["recommended"], job["result"]["refused"]) == ("M", None)
    assert "stretch_unknown" not in job["result"]["reasons"], "it follows from the composition"
    oversized = (await ended(served, "fit", {**question, "garment_class": "oversized_top"}))["result"]
    assert oversized["recommended"] != "M", "what is asked for rules over what is kept"

    # The room at a section and the chart would tell the body, once that is erased.
    assert job["result"]["sections"]
    await served.http.delete("/user/body")
    after = (await served.http.get(f"/jobs/{job['job_id']}")).json()["result"]
    assert (after["recommended"], after["sections"], after["explanation"]) == ("M", [], [])

    for change, code in (
        ({"chart": None}, "chart_missing"),
        ({"garment_class": None}, "garment_class_missing"),
    ):
        await served.http.put(
            f"/garments/{garment['id']}", json={"chart": read, "garment_class": "tee", **change}
        )
        answer = await served.http.post("/jobs/fit", json={**question, "body": BODY})
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    for body in (
        {"body": BODY},
        {**question, "chart": typed()},
        {"chart": typed(), "body": BODY},
        {**question, "body": "you"},
    ):
        assert (await served.http.post("/jobs/fit", json=body)).status_code == 422, body
