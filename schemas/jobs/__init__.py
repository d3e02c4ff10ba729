"""Every job kind. Adding one: its module, named as it is, and its line in KINDS; everything here follows from them."""

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, create_model

from schemas.bounds import Word
from schemas.jobs.base import JobRequest, JobResult, JobSpec, JobStarted

#: The one list of kinds.
KINDS = (
    "try_on",
    "tailor",
    "size_chart",
    "fit",
    "photo_check",
    "quality",
)

#: One of them; a newer version's is shown, too.
KindName = Annotated[Word, Field(json_schema_extra={"enum": [*KINDS]}, description="Which kind of job.")]

SPECS: dict[str, JobSpec] = {kind: import_module(f"schemas.jobs.{kind}").SPEC for kind in KINDS}


def _by_pool() -> dict[str, tuple[JobSpec, ...]]:
    found: dict[str, tuple[JobSpec, ...]] = defaultdict(tuple)
    for spec in SPECS.values():
        found[spec.pool.name] += (spec,)
    return dict(found)


#: The kinds of each pool that has any.
BY_POOL = _by_pool()


def _union(models: Sequence[Any]) -> Any:
    """Told apart by ``job_type``; a discriminator needs two."""
    return Annotated[reduce(or_, models), Field(discriminator="job_type")] if len(models) > 1 else models[0]


def _outcome(spec: JobSpec) -> type[BaseModel]:
    """What a user is shown of a result: what its kind adds to every result's fields, what it ``shows``, and
    ``job_type``, which tells them apart for clients of any language.
    """
    own: dict[str, Any] = {
        name: (field.annotation, field)
        for model in reversed(spec.result.__mro__)
        if issubclass(model, JobResult) and model is not JobResult
        for name, field in spec.result.model_fields.items()
        if name in model.__annotations__ and name != "job_type" and name not in spec.shows.model_fields
    }
    own["job_type"] = (
        Literal[spec.kind],
        Field(spec.kind, description="That of its job; results of kinds are told apart by it."),
    )
    name = spec.result.__name__.removesuffix("Result") + "Outcome"
    made: type[BaseModel] = create_model(
        name, __base__=spec.shows, __doc__=f"The ``result`` of a {spec.kind} job.", **own
    )
    return made


#: The ``result`` of a completed job, by kind.
OUTCOMES: dict[str, type[BaseModel]] = {kind: _outcome(spec) for kind, spec in SPECS.items()}

if TYPE_CHECKING:
    AnyRequest = JobRequest
    AnyResult = JobResult
    AnyOutcome = BaseModel
else:
    AnyRequest = _union([spec.request for spec in SPECS.values()])
    AnyResult = _union([spec.result for spec in SPECS.values()])
    AnyOutcome = _union([*OUTCOMES.values()])

#: What travels on ``results.{user_id}.{job_id}``: a start, or an end of some kind.
AnyUpdate = JobStarted | AnyResult

request_adapter: TypeAdapter[AnyRequest] = TypeAdapter(AnyRequest)
update_adapter: TypeAdapter[AnyUpdate] = TypeAdapter(AnyUpdate)


def outcome(kind: str, told: dict[str, Any]) -> BaseModel | None:
    """The ``result`` in what a worker told of a completed job; None of a kind that this version does not know."""
    return OUTCOMES[kind].model_validate(told) if kind in OUTCOMES else None
