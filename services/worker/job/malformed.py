"""A message that is no request: it is buried, and its user is told where it says who that is."""

import logging

import nats.errors
from nats.aio.msg import Msg
from pydantic import ValidationError

from schemas.jobs.base import JobError, JobRequest
from services.worker.context import KindContext
from services.worker.job.message import publish_failure
from streams.delivery.dead_letters import bury
from streams.publish import StreamUnavailable

log = logging.getLogger(__name__)


async def refuse(context: KindContext, message: Msg, why: str) -> None:
    """Bury it, with the reason."""
    error = JobError(code="request_malformed", message=f"The request was malformed: {why[:500]}")
    request = _identify(message)
    try:
        await bury(context.js, message, error, request.job_id if request else None)
        if request is not None:
            await publish_failure(context, request, message, error)
        await message.term()
    except (StreamUnavailable, nats.errors.Error) as failure:  # it comes back after ack_wait
        log.warning("malformed message not buried yet: %s", failure)


def _identify(message: Msg) -> JobRequest | None:
    try:
        return JobRequest.model_validate_json(message.data)
    except ValidationError:
        return None
