"""The seam between the worker and a job kind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from schemas.jobs.base import JobSpec
from schemas.policy import WeaverPolicy

#: Reads a picture by key: (key, what it is called towards the user) -> pixels. Raises PictureError.
Fetch = Callable[[str, str], Awaitable[Image.Image]]


@dataclass(frozen=True)
class JobHandler:
    """``prepare`` runs in the event loop and may await pictures; ``finish`` runs in a thread."""

    spec: JobSpec
    prepare: Callable[[Any, Fetch, WeaverPolicy], Awaitable[Any]]  # (request, …) -> the engine's item
    finish: Callable[
        [Any], tuple[bytes | None, dict[str, Any]]
    ]  # outcome -> (object if any, fields of the result)
