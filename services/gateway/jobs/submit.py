"""Makes jobs and the messages that they owe, for one statement to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from schemas.ids import new_job_id
from schemas.jobs import SPECS
from schemas.jobs.base import JobSpec, JobStatus, Lane
from services.gateway.db.models import Job, JobNeed, Outbox
from services.gateway.jobs.task_tokens import TaskTokens
from services.gateway.repeats import Idempotency
from services.gateway.transitions.state import event_message, event_of
from streams.subjects import ATTEMPTS

#: Of a job that nobody posted by itself.
UNREPEATED = Idempotency(None, {})


@dataclass(frozen=True)
class Asked:
    """Who asks for a job, about which VTON if any, the trace that it belongs to, and what signs its request."""

    user_id: str
    vton_id: str | None
    headers: Mapping[str, str]
    tokens: TaskTokens
    repeat: Idempotency = UNREPEATED


@dataclass(frozen=True)
class Wanted:
    """A job with what goes with it: the rows to write, and the messages to publish, in that order."""

    job: Job
    jobs: tuple[Job, ...]
    messages: tuple[Outbox, ...]
    needs: tuple[JobNeed, ...] = ()


def draft(spec: JobSpec, asked: Asked, lane: Lane = Lane.STANDARD, **fields: Any) -> Job:
    """The row of a job whose request has these fields."""
    job_id = new_job_id()
    request = spec.request(
        job_id=job_id,
        job_type=spec.kind,
        user_id=asked.user_id,
        vton_id=asked.vton_id,
        created_at=datetime.now(UTC),
        # What a worker shows that it was handed the request: no other service's login sees it.
        task_token=asked.tokens.of(job_id, spec.kind, asked.user_id, asked.vton_id),
        **fields,
    )
    return Job(
        id=request.job_id,
        user_id=request.user_id,
        vton_id=request.vton_id,
        kind=spec.kind,
        lane=lane,
        status=JobStatus.QUEUED,
        attempts=0,
        # What is left out says nothing to an older worker, which may refuse a name that it does not know.
        request=request.model_dump(mode="json", exclude_none=True),
        idempotency_key=asked.repeat.key,
        idempotency_hash=asked.repeat.hash,
        created_at=request.created_at,
        needs_left=0,
        needed=False,
    )


def of_body(spec: JobSpec, body: BaseModel, asked: Asked, filled: Mapping[str, Any]) -> Job:
    """The row of a job that is its body; ``filled`` are the fields that ended jobs gave."""
    named = {"vton_id", *(need.body for need in spec.needs)}
    return draft(spec, asked, **body.model_dump(exclude=named), **filled)


def alone(job: Job, asked: Asked, needs: Sequence[JobNeed] = ()) -> Wanted:
    """One job, waiting for others that are there already or for none."""
    told = event_message(
        job, event_of(job), asked.headers
    )  # before its request: nobody hears of its end first
    if needs:
        wait_for(job, needs)
        return Wanted(job, (job,), (told,), tuple(needs))
    return Wanted(job, (job,), (told, request_message(job, asked.headers)))


def after(first: Wanted, job: Job, asked: Asked, needs: Sequence[JobNeed]) -> Wanted:
    """``job`` behind what it needs of ``first``, which is made for it."""
    for made in first.jobs:
        made.needed = made.needed or any(need.needed_id == made.id for need in needs)
    own = alone(job, asked, needs)
    return Wanted(job, (job, *first.jobs), (*own.messages, *first.messages), (*first.needs, *own.needs))


def together(first: Wanted, second: Wanted) -> Wanted:
    """Both, of which neither needs the other."""
    return Wanted(
        first.job,
        (*first.jobs, *second.jobs),
        (*first.messages, *second.messages),
        (*first.needs, *second.needs),
    )


def need(job: Job, needed: Job, output: str, input: str, *, own: bool) -> JobNeed:  # noqa: A002
    """``output`` of what ``needed`` makes becomes ``input`` of the job's request."""
    return JobNeed(job_id=job.id, needed_id=needed.id, input=input, output=output, own=own, met=False)


def wait_for(job: Job, needs: Sequence[JobNeed]) -> None:
    """Its request is published when these are met."""
    job.needs_left = len(needs)
    job.request_subject = SPECS[job.kind].request_subject(Lane(job.lane))


def request_message(job: Job, headers: Mapping[str, str]) -> Outbox:
    """The job's request."""
    return _message(job, job.id, headers)


def repeated_message(job: Job, why: str) -> Outbox:
    """It once more, under an id of its own. ``job.attempts`` has been raised: it counts the one to come."""
    return _message(job, f"{job.id}:{why}:{job.attempts}", {ATTEMPTS: str(job.attempts - 1)})


def _message(job: Job, msg_id: str, headers: Mapping[str, str]) -> Outbox:
    subject = SPECS[job.kind].request_subject(Lane(job.lane))
    return Outbox(subject=subject, msg_id=msg_id, payload=job.request, headers=dict(headers), job_id=job.id)
