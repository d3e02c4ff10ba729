"""KV bucket ``workers``: who is alive. Keys are ``{service}.{instance}`` and expire."""

from pydantic import AwareDatetime, Field

from schemas.jobs.base import Message

BUCKET = "workers"
TTL_SECONDS = 15


def worker_key(service: str, instance: str) -> str:
    """The key of one instance; ``instance`` is letters, digits and dashes."""
    return f"{service}.{instance}"


class WorkerInfo(Message):
    """A worker's heartbeat."""

    service: str
    instance: str
    engine: str
    engine_reason: str = Field(description="Why this engine was chosen.")
    preview: bool
    device: str
    started_at: AwareDatetime
    at: AwareDatetime
    jobs_done: int = 0
    jobs_failed: int = 0
    busy: bool = False
    seconds_by_batch: dict[int, float] = Field(
        default_factory=dict, description="Median seconds of a forward pass, by batch size."
    )
