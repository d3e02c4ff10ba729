"""A new user's first try-on: two sample pictures, nothing of their own."""

import io
from pathlib import Path

import numpy as np
from loopback import http_client
from PIL import Image

from benchmarks.system.shopper import sign_up, wait_final

SAMPLES = Path(__file__).parents[2] / "samples"


async def test_the_sample_person_wears_the_sample_shirt_and_wears_it_cut_out(up):
    system = await up("--engine", "warp")
    person, shirt = (SAMPLES / "person.jpg").read_bytes(), (SAMPLES / "shirt.jpg").read_bytes()
    async with sign_up(system.url, person, shirt) as shopper:
        async with await shopper.listen() as socket:
            ending = await wait_final(socket, await shopper.submit(), timeout=300)
        assert ending["status"] == "completed", ending["error"]
        assert (ending["engine"], ending["preview"]) == ("warp", True)

        vton = (await shopper.http.get(f"/vton/{shopper.vton_id}")).json()
        assert (vton["status"], vton["result_s3"]) == ("completed", ending["result_s3_key"])
        link = await shopper.http.post("/images/presignedDownloadUrl", json={"key": vton["result_s3"]})
        async with http_client() as s3:
            body = (await s3.get(link.json()["url"])).raise_for_status().content

        async with await shopper.listen() as socket:
            cut_out = await wait_final(socket, await shopper.submit(clean=True), timeout=300)
        assert cut_out["status"] == "completed", cut_out["error"]
        vton = (await shopper.http.get(f"/vton/{shopper.vton_id}")).json()
        assert vton["cleaned_outfit_s3"].startswith(f"users/{shopper.user_id}/cleaned/")

    before = np.asarray(Image.open(io.BytesIO(person)).convert("RGB"), np.int16)
    after = np.asarray(Image.open(io.BytesIO(body)).convert("RGB"), np.int16)
    assert after.shape == before.shape
    changed = np.abs(after - before).max(axis=2) > 24  # more than a JPEG of the same picture differs
    rows, columns = np.nonzero(changed)
    height, width = changed.shape
    assert changed.mean() > 0.05, "the garment is hardly to be seen"
    assert rows.min() > 0.1 * height, "the face was painted over"
    assert rows.max() < 0.95 * height
    assert columns.min() > 0.02 * width
    assert columns.max() < 0.98 * width
