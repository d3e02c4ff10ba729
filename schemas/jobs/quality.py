"""Quality: a try-on's photos and its result in, a verdict with what was measured out."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.api.base import RequestBody
from schemas.bounds import Word
from schemas.documents.json_schema import one_or_all
from schemas.ids import Id
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec
from schemas.jobs.try_on import GarmentPart
from schemas.objects import EXAMPLE, Key
from schemas.pools import FITTER
from schemas.verdicts import QualityCheck, Verdict

_KEYS = ("person_key", "garment_key", "result_key")


class QualityBody(RequestBody):
    """Of POST /jobs/quality: a try-on that has a picture, or three pictures by their keys."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**dict.fromkeys(_KEYS, EXAMPLE), "part": "upper"}],
            **one_or_all("vton_id", _KEYS),
        }
    )

    vton_id: Id | None = Field(None, description="Instead of the keys: what this try-on shows is judged.")
    person_key: Key | None = Field(None, description="Object key of the person's photo.")
    garment_key: Key | None = Field(None, description="Object key of the garment's picture.")
    result_key: Key | None = Field(None, description="Object key of what came of them.")
    part: GarmentPart = Field(
        GarmentPart.UPPER, description="Which part the garment covers; a try-on's own, where one is named."
    )
    engine: Annotated[Word, Field(max_length=60)] | None = Field(
        None, description="That made the result: some have thresholds of their own. A try-on knows its own."
    )

    @model_validator(mode="after")
    def _of_one_result(self) -> Self:
        given = [getattr(self, name) is not None for name in _KEYS]
        if any(given) if self.vton_id is not None else not all(given):
            raise ValueError(f"give either vton_id or all of {', '.join(_KEYS)}")
        return self


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
