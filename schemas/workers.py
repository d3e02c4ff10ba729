"""KV bucket ``workers``: who is alive. Keys are ``{service}.{instance}`` and expire."""

from typing import Annotated

from pydantic import Field

from schemas.bounds import Count, Moment, Number, Sentence, Word
from schemas.jobs.base import Message
from schemas.quality import LEVELS, Quality

BUCKET = "workers"
TTL_SECONDS = 15


def worker_key(service: str, instance: str) -> str:
    """The key of one instance; ``instance`` is letters, digits and dashes."""
    return f"{service}.{instance}"


_Seconds = Annotated[float, Field(ge=0)]


class ServiceTimes(Message):
    """Seconds of a forward pass as its worker measured them; each part is 0 or more.

    A diffusion model pays once for a pass, once for each step, once for each picture, and for each step of each
    picture in proportion to its size.
    """

    per_pass: float = Field(0.0, ge=0)
    per_step: float = Field(0.0, ge=0)
    per_image: float = Field(0.0, ge=0)
    per_image_work: float = Field(0.0, ge=0, description="By image, step and megapixel.")
    megapixels: float = Field(0.8, gt=0, description="Of the engine's own working size.")
    steps: Number = Field(1, description="That the engine takes when a job names none.")
    long_side: Number = Field(
        1024, description="Of the engine's own working size, in pixels; 1 where it has no other."
    )
    error: float = Field(0.0, ge=0, description="Mean relative error on the passes that it was fitted to.")

    def seconds(self, batch: int, megapixels: float, steps: int) -> float:
        """Of a pass of ``batch`` images, 1 or more."""
        return (
            self.per_pass
            + self.per_step * steps
            + self.per_image * batch
            + self.per_image_work * batch * steps * megapixels
        )

    def at(self, batch: int, quality: Quality) -> float:
        """Seconds of a pass at a quality level."""
        level = LEVELS[quality]
        share = min(1.0, (level.long_side or self.long_side) / self.long_side)
        return self.seconds(batch, self.megapixels * share**2, max(1, round(self.steps * level.effort)))


class KindWork(Message):
    """What a worker runs one job kind with."""

    engine: Word = Field(description="What it runs.")
    engine_reason: Sentence = Field(description="Why this engine was chosen.")
    preview: bool = Field(description="True when the engine only approximates.")
    device: Word = Field(description="Where it runs.")
    loaded: bool = Field(True, description="Whether the engine is in memory; it is loaded at its first job.")
    busy: bool = False
    seeds: bool = Field(
        False,
        description="Whether it makes several pictures of a job that asks for them, each by its own seed.",
    )
    seconds_by_batch: dict[Number, _Seconds] = Field(
        default_factory=dict, max_length=1000, description="Median seconds of a forward pass, by batch size."
    )
    service_times: ServiceTimes | None = Field(
        None, description="Fitted to what it ran; before, what is expected of its engine, or null."
    )


class WorkerInfo(KindWork):
    """A worker's heartbeat. What is said of work is of its first kind; ``kinds`` says it of each."""

    service: Word = Field(description="Its pool.")
    instance: Word = Field(description="Which of them.")
    started_at: Moment = Field(description="Since when it runs.")
    at: Moment = Field(description="When it said so.")
    jobs_done: Count = 0
    jobs_failed: Count = 0
    in_progress_seconds: float = Field(
        10.0,
        gt=0,
        description="Between two words to NATS that a job is still in work; workers of version 0.1 do not say it.",
    )
    kinds: dict[Word, KindWork] = Field(
        default_factory=dict,
        max_length=100,
        description="By job kind; empty from workers of the version before.",
    )

    def work(self, kind: str) -> KindWork | None:
        """What it runs ``kind`` with; None when it does not."""
        if self.kinds:
            return self.kinds.get(kind)
        return self if {"weaver": "try_on", "tailor": "tailor"}.get(self.service) == kind else None
