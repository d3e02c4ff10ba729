"""A look at a job's photos helps or is left out; it never costs the job, unless the job asked for that."""

import asyncio
from datetime import UTC, datetime

import pytest

from inference.engine import EngineInfo
from inference.errors import EngineUnavailable, PictureError
from schemas.ids import new_id, new_job_id
from schemas.jobs.try_on import TryOnRequest
from services.worker.job.look import look
from services.worker.kinds.base import Look, When
from services.worker.kinds.try_on import HANDLER, tell, unseen, when

PREVIEW = EngineInfo("warp", "Apache-2.0", "open", device="cpu", preview=True)
DIFFUSION = EngineInfo("fashn", "Apache-2.0", "open", device="cuda")
TIMING = EngineInfo("simulated", "Apache-2.0", "open", device="none", preview=True, sees=False)


def _request(check: str) -> TryOnRequest:
    user = new_id()
    key = f"users/{user}/uploads/{new_id()}.jpg"
    return TryOnRequest(
        job_id=new_job_id(), user_id=user, created_at=datetime.now(UTC), user_snap_s3=key, garment_s3=key,
        check=check,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("check", "engine", "wanted"),
    [
        ("off", PREVIEW, When.NEVER),
        ("warn", PREVIEW, When.BEFORE),  # which sees what its engine needs anyway
        ("warn", DIFFUSION, When.BESIDE),
        ("refuse", DIFFUSION, When.BEFORE),
        ("warn", TIMING, When.NEVER),
    ],
)
def test_when_photos_are_looked_at(check, engine, wanted):
    assert when(_request(check), engine) is wanted


def _broken(_request, _item):
    raise EngineUnavailable("a network is missing")


async def test_a_look_that_fails_is_told_and_blocks_nothing_but_what_asked_to_be_refused():
    broken = Look(when, _broken, unseen, tell)
    found = await look(asyncio.Lock(), broken, _request("warn"), None)
    details = tell({"warnings": ("the engine's own",), "low_confidence": False}, found)
    assert details == {
        "warnings": ("The photos were not checked.", "the engine's own"),
        "low_confidence": False,
    }
    with pytest.raises(PictureError) as refused:
        await look(asyncio.Lock(), broken, _request("refuse"), None)
    assert refused.value.code == "photo_unchecked"


def test_a_request_of_the_version_before_is_looked_at():
    told = _request("warn").model_dump(mode="json", exclude={"check"})
    assert HANDLER.spec.request.model_validate(told).check == "warn"
