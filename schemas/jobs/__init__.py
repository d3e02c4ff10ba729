"""Every job kind. Adding one: its module, and its line in each of the three places below."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from schemas.jobs import tailor, tryon
from schemas.jobs.base import JobSpec, JobStarted

SPECS: dict[str, JobSpec] = {spec.kind: spec for spec in (tryon.SPEC, tailor.SPEC)}

AnyRequest = Annotated[tryon.TryOnRequest | tailor.TailorRequest, Field(discriminator="job_type")]
AnyResult = Annotated[tryon.TryOnResult | tailor.TailorResult, Field(discriminator="job_type")]

#: What travels on ``results.{user_id}.{job_id}``: a start, or an end of some kind.
AnyUpdate = JobStarted | AnyResult

request_adapter: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
update_adapter: TypeAdapter[AnyUpdate] = TypeAdapter(AnyUpdate)
