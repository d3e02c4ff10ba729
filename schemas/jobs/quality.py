"""Quality: a try-on's photos and its result in, a verdict with what was measured out."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.api.base import RequestBody
from schemas.bounds import Word
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec
from schemas.jobs.try_on import GarmentPart
from schemas.objects import Key
from schemas.pools import FITTER
from schemas.verdicts import QualityCheck, Verdict


class QualityBody(RequestBody):
    """Of POST /jobs/quality."""

    person_key: Key = Field(description="Object key of the person's photo.")
    garment_key: Key = Field(description="Object key of the garment's picture.")
    result_key: Key = Field(description="Object key of what came of them.")
    part: GarmentPart = GarmentPart.UPPER
    engine: Annotated[Word, Field(max_length=60)] | None = Field(
        None, description="That made the result: some have thresholds of their own."
    )


class QualityRequest(JobRequest):
    """Looks at the result of a try-on."""

    job_type: Literal["quality"] = "quality"
    person_key: Key
    garment_key: Key
    result_key: Key
    part: GarmentPart = GarmentPart.UPPER
    engine: Word | None = None


class QualityResult(JobResult):
    job_type: Literal["quality"] = "quality"
    verdict: Verdict | None = Field(None, description="The worst of the checks that say something.")
    checks: list[QualityCheck] = Field(default_factory=list, max_length=50)


SPEC = JobSpec(
    kind="quality",
    pool=FITTER,
    description="Results of try-ons, waiting to be judged",
    body=QualityBody,
    request=QualityRequest,
    result=QualityResult,
    inputs=(
        Input("person_key", "person picture"),
        Input("garment_key", "garment picture"),
        Input("result_key", "result"),
    ),
)
