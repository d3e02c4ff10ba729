"""A vision model that an operator runs gives its word: one more check, skipped where it gives none."""

import base64
import io
import json

import pytest
from PIL import Image
from vision_endpoint import AWAY, VisionEndpoint

from inference.engine import TryOnItem, TryOnPicture
from inference.tasks.quality import Checked, Inspected
from schemas.jobs.try_on import TryOnParams
from services.settings import SettingsError
from services.worker.kinds.inspector import Inspector, inspector_of
from services.worker.kinds.vision_model import VisionModel
from services.worker.settings import WorkerSettings

GOOD = {"same_person": True, "wears_garment": True, "looks_natural": True}
PASSED = Inspected("pass", (Checked("face", 1.0, 6.0, "pass"),))
ITEM = TryOnItem(
    Image.new("RGB", (1200, 1600), "navy"), Image.new("RGBA", (60, 80), (0, 0, 0, 0)), TryOnParams()
)
MADE = TryOnPicture(Image.new("RGB", (600, 800), "red"), None, None)


async def test_its_word_is_one_more_check_and_it_sees_small_pictures_alone():
    model = VisionEndpoint(json.dumps(GOOD))
    with model.serving() as asked:
        inspector = Inspector(asked)
        found = await inspector.second(None, ITEM, MADE, PASSED)
    assert found == Inspected("pass", (*PASSED.checks, Checked("inspector", 0.0, 0.3, "pass")))
    ((path, headers, body),) = model.heard
    assert (path, headers["Authorization"], body["model"]) == (
        "/v1/chat/completions",
        "Bearer a-key",
        "a-model",
    )
    assert body["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"][1:]]
    sizes = [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size for url in urls]
    assert sizes == [(576, 768), (60, 80), (576, 768)]
    assert (ITEM.person.size, MADE.image.size) == ((1200, 1600), (600, 800)), "the job's own stay as they are"


async def test_a_no_is_a_reason_to_make_it_again():
    model = VisionEndpoint(json.dumps({**GOOD, "same_person": False}))
    with model.serving() as asked:
        inspector = Inspector(asked)
        found = await inspector.second(None, ITEM, MADE, PASSED)
    assert (found.verdict, found.checks[-1].verdict) == ("retry", "retry")


@pytest.mark.parametrize(
    "model",
    [
        VisionEndpoint("It looks fine to me."),
        VisionEndpoint(json.dumps({**GOOD, "looks_natural": "yes"})),
        VisionEndpoint("{}"),
        VisionEndpoint(json.dumps(GOOD), status=500),
        VisionEndpoint(json.dumps(GOOD), status=307),
    ],
    ids=["prose", "no boolean", "nothing", "broken", "elsewhere"],
)
async def test_nonsense_and_faults_are_skipped_and_it_is_left_alone_for_a_while(model):
    with model.serving() as asked:
        inspector = Inspector(asked)
        for _ in range(2):
            found = await inspector.second(None, ITEM, MADE, PASSED)
            assert (found.verdict, found.checks[-1]) == ("pass", Checked("inspector", None, 0.3, "skipped"))
    assert len(model.heard) == 1


async def test_one_that_is_away_is_skipped_and_what_was_found_stands():
    spoilt = Inspected("retry", (Checked("face", 9.0, 6.0, "retry"),))
    found = await Inspector(VisionModel(AWAY)).second(None, ITEM, MADE, spoilt)
    assert (found.verdict, found.checks[-1].verdict) == ("retry", "skipped")


def test_no_photo_goes_to_a_host_that_the_operator_did_not_allow():
    assert inspector_of(WorkerSettings()) is None
    told = {"inspector_url": "http://vllm:8000/v1/", "inspector_model": "a-model"}
    with pytest.raises(SettingsError, match="PROTEUS_INSPECTOR_HOSTS: does not name vllm"):
        inspector_of(WorkerSettings(**told, inspector_hosts="other, vllm.example"))
    with pytest.raises(SettingsError, match="PROTEUS_INSPECTOR_MODEL"):
        inspector_of(WorkerSettings(inspector_url=told["inspector_url"], inspector_hosts="vllm"))
    with pytest.raises(SettingsError, match="no http address"):
        inspector_of(WorkerSettings(**{**told, "inspector_url": "file:///vllm"}, inspector_hosts="vllm"))
    assert (
        inspector_of(WorkerSettings(**told, inspector_hosts="Vllm, other")).model.endpoint.url
        == "http://vllm:8000/v1/"
    )
