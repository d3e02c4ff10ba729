"""What becomes of a message that the ledger does not write: buried with its reason, or kept for a newer gateway."""

import asyncio
import json
from enum import Enum

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from schemas.bounds import Word
from schemas.jobs import SPECS
from schemas.jobs.base import ACTIVE, JobError, JobMessage, JobResult, JobStarted
from services.gateway.db.models import Job, User
from services.gateway.db.transactions import in_transaction, lock_jobs, with_chain
from services.gateway.transitions.needs import follow
from services.gateway.transitions.state import disagreement, fail, tell
from services.observability.log_limit import limited
from streams import subjects
from streams.delivery.dead_letters import bury

log = limited(__name__)

_LONGEST_SECONDS = 60.0
_ENDS = ("completed", "failed")


class Head(JobMessage):
    """What every report says, whatever else is wrong with it."""

    status: Word


class Standing(Enum):
    """What a well-formed message that moved no row is."""

    OVER = "its job has ended"
    ERASED = "its user is gone"
    FORGED = "it is not of a job of that worker"


def back_off(tries: int) -> float:
    """Seconds until a message is offered again that nothing here could deal with so many times: ever longer."""
    return min(_LONGEST_SECONDS, 2.0 ** min(tries, 10))


def misnames(said: JobStarted | JobResult, subject: str) -> str | None:
    """What a message says that its subject or its kind does not allow; None when both do."""
    if subject != subjects.result(said.user_id, said.job_id):
        return "the subject is another job's"
    if not isinstance(said, JobResult):
        return None
    may = list(SPECS[said.job_type].keys(said.user_id, said.job_id).values())
    if said.status != "completed":
        may = []
    if not said.named() <= frozenset(may):
        return "it names objects that are not its job's"
    return None if said.result_s3_key == next(iter(may), None) else "it does not name its job's object"


async def stands(engine: AsyncEngine, said: JobMessage) -> tuple[Standing, str, Job | None]:
    """Of a message whose job did not move: why, in a word for programs and people, and the row."""
    async with AsyncSession(engine, expire_on_commit=False) as db:
        job = await db.get(Job, said.job_id)
        if job is not None:
            other = disagreement(job, said)
            return (Standing.OVER, "", job) if other is None else (Standing.FORGED, f"{other} differs", job)
        if await db.get(User, said.user_id) is None:
            return Standing.ERASED, "", None
    return Standing.FORGED, "there is no such job", None


class Refusals:
    """Buries, and lets the job fail that waits for what was buried."""

    def __init__(self, engine: AsyncEngine, js: JetStreamContext) -> None:
        self._engine, self._js = engine, js
        # One at a time: whoever sends thousands gets no more of the gateway than one message takes.
        self._turn = asyncio.Lock()

    async def unread(self, message: Msg, why: str) -> Job | None:
        """What could not be read as an update; the job that failed for it.

        Of a kind that this version does not know, it is given back for a gateway that does.
        """
        async with self._turn:
            return await self._unread(message, why)

    async def _unread(self, message: Msg, why: str) -> Job | None:
        head = _head(message)
        job = await self._job(head) if head else None
        if job is not None and job.kind not in SPECS:
            log.info("kept for a gateway that knows the kind %s", job.kind)
            await message.nak(delay=back_off(message.metadata.num_delivered))
            return None
        error = JobError(code="result_malformed", message=f"The message was malformed: {why[:500]}")
        ends = head is not None and head.status in _ENDS
        return await self._bury(message, error, job if ends else None)

    async def unstorable(self, message: Msg, said: JobMessage, why: BaseException) -> Job | None:
        """What the database does not take, at any time, or was tried in vain; the job that failed for it."""
        reason = str(getattr(why, "orig", None) or why) or type(why).__name__
        reason = reason.splitlines()[0][:500].replace("\x00", "")
        error = JobError(code="result_refused", message=f"Not stored: {reason}")
        async with self._turn:
            job = await self._job(said) if isinstance(said, JobResult) else None
            return await self._bury(message, error, job)

    async def forged(self, message: Msg, why: str) -> None:
        """What no worker of that job said. Nothing happens to the job."""
        error = JobError(code="result_not_its_own", message=f"Not written: {why}.")
        async with self._turn:
            await self._bury(message, error, None)

    async def _job(self, said: JobMessage) -> Job | None:
        """The job that the message is about, for sure."""
        async with AsyncSession(self._engine, expire_on_commit=False) as db:
            job = await db.get(Job, said.job_id)
        return job if job is not None and disagreement(job, said) is None else None

    async def _bury(self, message: Msg, error: JobError, job: Job | None) -> Job | None:
        await bury(self._js, message, error, job.id if job else None)
        # Of many about one job all but the first find it ended, and need not take turns to lock it.
        failed = await self._fail(job.id) if job and job.status in ACTIVE else None
        await message.term()
        log.warning("buried %s: %s", error.code, error.message)
        return failed

    async def _fail(self, job_id: str) -> Job | None:
        """Its worker has acknowledged the request: nothing else ends it."""
        error = JobError(
            code="result_malformed", message="The worker's answer could not be used. Please try again."
        )

        async def work(db: AsyncSession) -> Job | None:
            await lock_jobs(db, with_chain(job_id))
            job = await fail(db, job_id, error)
            if job is not None:
                tell(db, job, {})
                await follow(db, job, {})
            return job

        return await in_transaction(self._engine, work)


def _head(message: Msg) -> Head | None:
    """Only what its subject bears out."""
    try:
        # Read by the standard library, which takes the half characters that pydantic's reader stops at.
        head = Head.model_validate(json.loads(message.data))
    except (ValidationError, ValueError):
        return None
    return head if message.subject == subjects.result(head.user_id, head.job_id) else None
