"""Identifiers: UUIDv7 strings, so that they sort by time; job ids carry a prefix."""

from typing import Annotated

from pydantic import Field, StringConstraints
from uuid_utils.compat import uuid7

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# The patterns also keep ids safe as NATS subject tokens: no dot, no wildcard, no blank.
_EXAMPLE = "01985c2e-6f3a-7b12-9d44-0c5e8a7f1b23"
Id = Annotated[
    str,
    StringConstraints(pattern=f"^{_UUID}$"),
    Field(examples=[_EXAMPLE], description="A UUID, sorted by time."),
]
JobId = Annotated[
    str,
    StringConstraints(pattern=f"^job_{_UUID}$"),
    Field(examples=[f"job_{_EXAMPLE}"], description="Of a job."),
]


def new_id() -> str:
    """A fresh UUIDv7 string."""
    return str(uuid7())


def new_job_id() -> str:
    """A fresh job id, ``job_`` and a UUIDv7."""
    return f"job_{uuid7()}"
