"""A vision model that an operator runs is asked about both photos first: its no ends a job, its silence does not."""

import base64
import io
import json
from dataclasses import replace

import pytest
from PIL import Image
from seeded_engine import Seeded
from vision_endpoint import AWAY, VisionEndpoint

from services.settings import SettingsError
from services.worker.kinds import HANDLERS
from services.worker.kinds.moderator import Moderator, moderator_of
from services.worker.settings import WorkerSettings

HANDLER = replace(HANDLERS["try_on"], look=None)
ALLOWED = {"person_picture": "allowed", "garment_picture": "allowed"}


def _asking(model):
    return replace(HANDLER, permits=Moderator(model).permits)


async def _ended(bench, handler, engine, **asked):
    async with bench.worker(engine=engine, handler=handler):
        job = await bench.ask(**asked)
        await bench.until(lambda seen: job in bench.endings())
    return bench.endings()[job]


async def test_it_is_shown_both_photos_small_and_what_it_allows_is_worked_on(bench):
    endpoint = VisionEndpoint(json.dumps(ALLOWED))
    with endpoint.serving() as model:
        result = await _ended(bench, _asking(model), Seeded(), check="off")
    assert (result.status, result.warnings) == ("completed", [])
    ((_, _, body),) = endpoint.heard
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"][1:]]
    sizes = [Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).size for url in urls]
    assert sizes == [(96, 128), (96, 128)]


@pytest.mark.parametrize("check", ["off", "warn", "refuse"])
async def test_its_refusal_is_told_plainly_and_no_device_sees_the_photos(bench, check):
    engine, endpoint = Seeded(), VisionEndpoint(json.dumps({**ALLOWED, "person_picture": "nudity"}))
    with endpoint.serving() as model:
        result = await _ended(bench, _asking(model), engine, check=check)
    assert (result.status, result.error.code) == ("failed", "photo_refused")
    assert result.error.message == (
        "This site's moderation refused the person picture, because it shows nudity. Use another one."
    )
    assert engine.passes == []


async def test_one_that_is_away_or_talks_nonsense_is_skipped_and_that_is_said(bench):
    with VisionEndpoint(json.dumps({**ALLOWED, "person_picture": "fine"})).serving() as nonsense:
        for model in (AWAY, nonsense):
            result = await _ended(bench, _asking(model), Seeded(), check="off")
            assert result.status == "completed"
            assert any("moderation" in warning for warning in result.warnings)


async def test_a_job_that_wants_to_be_refused_is_where_it_gives_no_word(bench):
    result = await _ended(bench, _asking(AWAY), Seeded(), check="refuse")
    assert (result.status, result.error.code) == ("failed", "photo_unchecked")


def test_it_is_off_and_no_photo_goes_to_a_host_that_the_operator_did_not_allow():
    assert moderator_of(WorkerSettings()) is None
    told = {"moderation_url": "http://vllm:8000/v1", "moderation_model": "a-model"}
    with pytest.raises(SettingsError, match="PROTEUS_MODERATION_HOSTS: does not name vllm"):
        moderator_of(WorkerSettings(**told, inspector_hosts="vllm"))
    assert moderator_of(WorkerSettings(**told, moderation_hosts="vllm")).model.endpoint.model == "a-model"
