"""What the RESULTS stream holds of one job."""

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from schemas.jobs import AnyResult, update_adapter
from schemas.jobs.base import JobResult
from streams import subjects, topology


async def last_result(js: JetStreamContext, user_id: str, job_id: str, attempt: int) -> AnyResult | None:
    """How the job ended at ``attempt`` or later, when a worker said so and the stream still has it."""
    try:
        found = await js.get_last_msg(topology.RESULTS, subjects.result(user_id, job_id))
        update = update_adapter.validate_json(found.data or b"")
    except (NotFoundError, ValidationError):
        return None
    return update if isinstance(update, JobResult) and update.attempt >= attempt else None
