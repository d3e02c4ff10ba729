"""What the RESULTS stream holds of one job."""

from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from pydantic import ValidationError

from schemas.jobs import AnyResult, update_adapter
from schemas.jobs.base import JobResult
from services.gateway.db.models import Job
from services.gateway.events.refused import misnames
from services.gateway.transitions.state import disagreement
from streams import subjects, topology


async def last_result(js: JetStreamContext, job: Job, attempt: int) -> AnyResult | None:
    """How the job ended at ``attempt`` or later, when its worker said so and the stream still has it."""
    subject = subjects.result(job.user_id, job.id)
    try:
        found = await js.get_last_msg(topology.RESULTS, subject)
        update = update_adapter.validate_json(found.data or b"")
    except (NotFoundError, ValidationError):
        return None
    if misnames(update, subject) is not None or disagreement(job, update) is not None:
        return None
    return update if isinstance(update, JobResult) and update.attempt >= attempt else None
