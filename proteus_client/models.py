"""What the server tells, as far as the client needs it; all of it is in ``raw``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: A job in one of these has ended.
FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass(frozen=True)
class Event:
    """How a job goes. ``progress`` is 0 to 1; ``queue_position`` counts from 1, to ``queue_length``.

    ``step`` of ``steps`` are done by an engine that takes any; None is what is not known, or not so.
    """

    job_id: str
    status: str
    progress: float
    queue_position: int | None
    queue_length: int | None
    step: int | None
    steps: int | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Of what a socket tells, or of a job."""
        return cls(
            job_id=told["job_id"],
            status=told["status"],
            progress=float(told.get("progress") or 0.0),
            queue_position=told.get("queue_position"),
            queue_length=told.get("queue_length"),
            step=told.get("step"),
            steps=told.get("steps"),
            raw=told,
        )


@dataclass(frozen=True)
class Job:
    """A job as it was looked at. ``error`` has ``code`` and ``message``; ``result`` is its kind's own."""

    id: str
    kind: str
    status: str
    result_s3_key: str | None
    result: Mapping[str, Any] | None
    error: Mapping[str, str] | None
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Of an answer: a job, or that one was accepted."""
        return cls(
            id=told["job_id"],
            kind=told["kind"],
            status=told["status"],
            result_s3_key=told.get("result_s3_key"),
            result=told.get("result"),
            error=told.get("error"),
            raw=told,
        )

    @property
    def ended(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.status in FINAL


@dataclass(frozen=True)
class Picture:
    """A picture's file, and the job that made it."""

    content: bytes = field(repr=False)
    job: Job

    def save(self, path: str | Path) -> None:
        """Write it as it is: a JPEG, or a PNG where it was cut out."""
        Path(path).write_bytes(self.content)
