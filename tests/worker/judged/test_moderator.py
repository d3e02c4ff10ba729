"""A vision model that an operator runs is asked about both photos first: its no ends a job, its silence does not."""

import base64
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image
from seeded_engine import Seeded
from vision_endpoint import AWAY, VisionEndpoint

from inference.engine import TryOnItem
from schemas.ids import new_id, new_job_id
from schemas.jobs.try_on import TryOnRequest
from services.settings import SettingsError
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import Permission
from services.worker.kinds.moderator import Moderator, moderator_of
from services.worker.kinds.vision_model import VisionModel
from services.worker.settings import WorkerSettings

HANDLER = replace(HANDLERS["try_on"], look=None)
ALLOWED = {"person_picture": "allowed", "garment_picture": "allowed"}
ITEM = TryOnItem(Image.new("RGB", (1200, 1600), "navy"), Image.new("RGBA", (60, 80), (0, 0, 0, 0)))
CHECKS = ("off", "warn", "refuse")


def _request(check):
    return TryOnRequest(
        job_id=new_job_id(), user_id=new_id(), vton_id=None, created_at=datetime.now(UTC),
        user_snap_s3="a", garment_s3="b", check=check,
    )  # fmt: skip


async def test_it_is_shown_both_photos_small_and_what_it_allows_is_worked_on():
    endpoint = VisionEndpoint(json.dumps(ALLOWED))
    with endpoint.serving() as model:
        assert await Moderator(model).permits(_request("warn"), ITEM) == Permission("pass")
    ((_, _, body),) = endpoint.heard
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"][1:]]
    sizes = [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size for url in urls]
    assert sizes == [(576, 768), (60, 80)]
    assert ITEM.person.size == (1200, 1600), "the job's own stays as it is"


@pytest.mark.parametrize("check", CHECKS)
async def test_its_refusal_counts_whatever_the_job_says_about_checks(check):
    with VisionEndpoint(
        json.dumps({"person_picture": "nudity", "garment_picture": "hate"})
    ).serving() as model:
        word = await Moderator(model).permits(_request(check), ITEM)
    assert (word.verdict, word.refused.code) == ("reject", "photo_refused")
    assert word.refused.message == (
        "This site's moderation refused the person picture, because it shows nudity; and the garment picture, "
        "because it shows signs of hate. Use another one."
    )


@pytest.mark.parametrize("check", CHECKS)
async def test_one_that_is_away_or_talks_nonsense_is_skipped_unless_the_job_wants_to_be_refused(check):
    with VisionEndpoint(json.dumps({**ALLOWED, "person_picture": "fine"})).serving() as nonsense:
        for model in (VisionModel(AWAY), nonsense):
            word = await Moderator(model).permits(_request(check), ITEM)
            assert word.verdict == "skipped"
            if check == "refuse":
                assert word.refused.code == "photo_unchecked"
            else:
                assert word.refused is None and "moderation" in word.said[0]


async def _ended(bench, engine, model):
    handler = replace(HANDLER, permits=Moderator(model).permits)
    async with bench.worker(engine=engine, handler=handler):
        job = await bench.ask(check="off")
        await bench.until(lambda seen: job in bench.endings())
    return bench.endings()[job]


async def test_no_device_sees_photos_that_it_refuses(bench):
    engine = Seeded()
    with VisionEndpoint(json.dumps({**ALLOWED, "garment_picture": "violence"})).serving() as model:
        result = await _ended(bench, engine, model)
    assert (result.status, result.error.code, engine.passes) == ("failed", "photo_refused", [])


async def test_one_that_is_away_holds_up_no_try_on_and_its_user_is_told(bench):
    result = await _ended(bench, Seeded(), VisionModel(AWAY))
    assert result.status == "completed" and "moderation" in result.warnings[0]


def test_it_is_off_and_no_photo_goes_to_a_host_that_the_operator_did_not_allow():
    assert moderator_of(WorkerSettings()) is None
    told = {"moderation_url": "http://vllm:8000/v1", "moderation_model": "a-model"}
    with pytest.raises(SettingsError, match="PROTEUS_MODERATION_HOSTS: does not name vllm"):
        moderator_of(WorkerSettings(**told, inspector_hosts="vllm"))
    assert moderator_of(WorkerSettings(**told, moderation_hosts="vllm")).model.endpoint.model == "a-model"
