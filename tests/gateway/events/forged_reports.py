"""Reports that no worker of their job makes: what a login could say in each field, and why it is buried."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from pydantic import ValidationError

from schemas.ids import new_id, new_job_id
from schemas.jobs import SPECS, update_adapter
from schemas.jobs.base import JobRequest, JobSpec, JobStarted
from streams import subjects

_SUBJECT = "Not written: the subject is another job's."
_TOKEN = "Not written: task_token differs."
_OBJECTS = (
    "Not written: it names objects that are not its job's.",
    "Not written: it does not name its job's object.",
)
#: What the letter about a well-formed message says, by what was forged in it.
REASONS = {
    "user_id": (_SUBJECT,),
    "job_id": (_SUBJECT,),
    "subject": (_SUBJECT,),
    "vton_id": ("Not written: vton_id differs.",),
    "job_type": ("Not written: job_type differs.", *_OBJECTS),
    "result_s3_key": _OBJECTS,
    "objects": _OBJECTS,
    "samples": _OBJECTS,
    "task_token": (_TOKEN,),
    "another's job": (_TOKEN,),
    "ended job": (_TOKEN,),
    "unknown job": ("Not written: there is no such job.",),
}


@dataclass(frozen=True)
class Cast:
    """Whose requests they are about: the worker's own, another user's of that kind, and another pool's."""

    mine: JobRequest
    theirs: JobRequest
    foreign: JobRequest
    ended: tuple[JobRequest, JobRequest]
    photograph: str
    upload: str


@dataclass(frozen=True)
class Forged:
    """One message, named by what is forged in it."""

    field: str
    what: str
    subject: str
    body: bytes

    def is_well_formed(self) -> bool:
        """Whether the schema lets it through to the rows."""
        try:
            update_adapter.validate_json(self.body)
        except ValidationError:
            return False
        return True


def report(
    request: JobRequest, spec: JobSpec, status: str = "completed", **more: object
) -> dict[str, object]:
    """What the job's own worker would say."""
    said = {
        **request.model_dump(mode="json", include={"job_id", "user_id", "vton_id", "task_token"}),
        "job_type": spec.kind, "status": status, "attempt": 1, "worker": "w", "at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    if status != "running":
        said |= {"queued_ms": 1, "inference_ms": 1, "batch_size": 1, "engine": "puppet"}
    if status == "failed":
        said["error"] = {"code": "x", "message": "x"}
    if status == "completed" and spec.outputs:
        said["result_s3_key"] = spec.outputs[0].key(request.user_id, request.job_id)
    return said | more


def forged_reports(spec: JobSpec, cast: Cast, status: str) -> list[Forged]:
    """Its own job's with a forged field that says whose it is; of others' jobs, with any other field forged, too."""
    mine, theirs, foreign = cast.mine, cast.theirs, cast.foreign
    unknown = new_job_id()
    gone = mine.model_copy(update={"job_id": unknown})
    true = report(mine, spec, status)
    stolen = report(theirs, spec, status, task_token=mine.task_token)
    named = {
        "other user's key": cast.photograph,
        "own upload": cast.upload,
        "other user's result": f"users/{theirs.user_id}/results/{theirs.job_id}.jpg",
        "other job's result": f"users/{mine.user_id}/results/{unknown}.jpg",
        "climbing": f"users/{mine.user_id}/results/../../{cast.photograph}",
    }
    values: dict[str, dict[str, object]] = {
        "user_id": {"other user": theirs.user_id, "unknown user": new_id()},
        "job_id": {
            "other job": theirs.job_id, "unknown job": unknown, "foreign job": foreign.job_id,
            "ended job": cast.ended[0].job_id,
        },
        "vton_id": {"other VTON": theirs.vton_id or new_id(), "unknown VTON": new_id()},
        "job_type": {"other kind": foreign.job_type, "unknown kind": "avatar"},
        "task_token": {"none": None, "other's": theirs.task_token, "guess": "x" * 43},
    }  # fmt: skip
    model = JobStarted if status == "running" else spec.result
    if "result_s3_key" in model.model_fields:
        values["result_s3_key"] = {**named}
        values["objects"] = {what: {"thumbnail": key} for what, key in named.items()}
    if "samples" in model.model_fields:
        values["samples"] = {
            what: [{"key": key, "thumbnail_key": key, "verdict": "pass"}] for what, key in named.items()
        }
    said = [
        (field, what, mine, {**true, field: value})
        for field, them in values.items()
        for what, value in them.items()
    ]
    said += [
        ("subject", "its own, another's message", mine, report(theirs, spec, status)),
        ("subject", "other user's", theirs, true),
        ("subject", "other job's", foreign, true),
        ("another's job", "with its own token", theirs, stolen),
        ("another's job", "foreign", foreign, _with_token_of(mine, foreign, status)),
        ("unknown job", "as if it were one's own", gone, report(gone, spec, status)),
        *(("ended job", "", one, _with_token_of(mine, one, status)) for one in cast.ended),
        ("another's job", "tried for the last time", theirs, {**stolen, "attempt": 10**6}),
        ("another's job", "in a time to come", theirs, {**stolen, "at": "2199-01-01T00:00:00Z"}),
        ("another's job", "malformed, no token", theirs, {**stolen, "task_token": None, "attempt": "x"}),
    ]
    if status != "failed":  # its fields are those of the other ending
        others = (
            theirs.user_id,
            theirs.job_id,
            cast.photograph,
            unknown,
            cast.ended[0].job_id,
            "unknown kind",
        )
        rest = model.model_fields.keys() - values.keys() - {"status"}
        said += [
            ("another's job", f"{field} {value}", theirs, {**stolen, field: value})
            for field, value in product(sorted(rest), others)
        ]
    return [
        Forged(field, what, subjects.result(of.user_id, of.job_id), json.dumps(body).encode())
        for field, what, of, body in said
    ]


def _with_token_of(mine: JobRequest, other: JobRequest, status: str) -> dict[str, object]:
    return report(other, SPECS[other.job_type], status, task_token=mine.task_token)
