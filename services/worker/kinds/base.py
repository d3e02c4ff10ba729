"""The seam between the worker and a job kind."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from PIL import Image

from inference.batcher import Batcher
from inference.engine import Engine
from schemas.jobs.base import JobSpec
from schemas.policy import WeaverPolicy

#: Reads a picture by key: (key, what it is called towards the user) -> pixels. Raises PictureError.
Fetch = Callable[[str, str], Awaitable[Image.Image]]


#: A file's pixels. Raises PictureError.
Decode = Callable[[bytes], Awaitable[Image.Image]]


@dataclass(frozen=True)
class JobHandler:
    """``prepare`` runs in the event loop and may await pictures; ``finish`` runs in a thread."""

    spec: JobSpec
    prepare: Callable[[Any, Fetch, WeaverPolicy], Awaitable[Any]]  # (request, …) -> the engine's item
    #: (outcome, the key of each output) -> (each object that it makes, by output; fields of the result)
    finish: Callable[[Any, Mapping[str, str]], tuple[Mapping[str, bytes], dict[str, Any]]]

    #: More routes of its worker's HTTP side: (app, its batcher, decode, largest file in bytes).
    add_routes: Callable[[FastAPI, Batcher, Decode, int], None] | None = None


@dataclass(frozen=True)
class Engaged:
    """A job kind and the engine that runs it here; ``batch_size`` is for kinds that are not steered."""

    handler: JobHandler
    engine: Engine[Any, Any]
    reason: str
    batch_size: int = 2
