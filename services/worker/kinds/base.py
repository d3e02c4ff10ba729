"""The seam between the worker and a job kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from fastapi import FastAPI
from PIL import Image

from inference.batcher import Batcher, Ran
from inference.credentials import Marker
from inference.engine import Engine, EngineInfo
from inference.errors import PictureError
from schemas.jobs.base import JobSpec
from schemas.policy import WeaverPolicy
from schemas.verdicts import Verdict

#: Reads a picture by key: (key, what it is called towards the user) -> pixels. Raises PictureError.
Fetch = Callable[[str, str], Awaitable[Image.Image]]


#: A file's pixels. Raises PictureError.
Decode = Callable[[bytes], Awaitable[Image.Image]]


@dataclass(frozen=True)
class Permission:
    """What somebody said who is asked before anything is made: ``refused`` ends the job, ``said`` warns its user."""

    verdict: Verdict
    refused: PictureError | None = None
    said: tuple[str, ...] = ()


class When(Enum):
    """When an item is looked at."""

    NEVER = "never"
    BEFORE = "before"  # its pass waits for it
    BESIDE = "beside"  # beside its pass, which does not


@dataclass(frozen=True)
class Look:
    """What is seen of an item's pictures besides its pass. ``at`` runs in a thread, the others in the event loop."""

    when: Callable[[Any, EngineInfo], When]  # (request, the engine that will run it)
    at: Callable[[Any, Any], Any]  # (request, item) -> what was found. Raises PictureError to refuse the job
    failed: Callable[[Any], Any]  # (request) -> what to tell instead. Raises PictureError likewise
    tell: Callable[[dict[str, Any], Any], dict[str, Any]]  # (fields of the result, what was found) -> fields


@dataclass(frozen=True)
class Made:
    """A pass of a job, what was found of its outcome (None where nobody looks), and whether that is the job's result.

    ``again`` of one that was made because those before were spoilt.
    """

    ran: Ran
    found: Any
    kept: bool = True
    again: bool = False


@dataclass(frozen=True)
class Shown:
    """One of the pictures that a job shows: the keys of its objects, its own fields, and what was found of it."""

    keys: Mapping[str, str]
    details: Mapping[str, Any]
    found: Any


@dataclass(frozen=True)
class Samples:
    """Several pictures of one job. Both run in the event loop."""

    #: (request, its item, the engine) -> an item for each picture that is asked for, and that the engine can make.
    items: Callable[[Any, Any, EngineInfo], Sequence[Any]]
    #: (request, fields of the result, what is shown, the best first) -> fields
    tell: Callable[[Any, dict[str, Any], Sequence[Shown]], dict[str, Any]]


@dataclass(frozen=True)
class Judge:
    """What is found of an outcome before its user sees it. ``at`` runs in a thread, the others in the event loop."""

    wanted: Callable[[Any, EngineInfo], bool]  # (request, the engine that ran it)
    at: Callable[[Any, Any, Any, EngineInfo], Any]  # (request, item, outcome, engine) -> what was found
    failed: Callable[[], Any]  # what is found where nobody could look
    again: Callable[
        [Any, Any, Any], bool
    ]  # (request, outcome, what was found) -> whether to make it once more
    badness: Callable[[Any], float]  # (what was found) -> less is better
    verdicts: Callable[[Any], Mapping[str, str]]  # (what was found) -> of each check, to be counted
    hides: Callable[[Any, Any], bool]  # (request, what was found) -> whether it is not to be shown at all
    #: (request, fields of the result, each pass) -> fields. Raises PictureError to refuse the job.
    tell: Callable[[Any, dict[str, Any], Sequence[Made]], dict[str, Any]]
    #: Somebody else's word: (request, item, outcome, what was found) -> what is found now. Raises nothing.
    second: Callable[[Any, Any, Any, Any], Awaitable[Any]] | None = None


@dataclass(frozen=True)
class JobHandler:
    """``prepare`` runs in the event loop and may await pictures; ``finish`` runs in a thread."""

    spec: JobSpec
    prepare: Callable[[Any, Fetch, WeaverPolicy], Awaitable[Any]]  # (request, …) -> the engine's item
    #: (outcome, the key of each output) -> (each object that it makes, by output; fields of the result)
    finish: Callable[[Any, Mapping[str, str]], tuple[Mapping[str, bytes], dict[str, Any]]]
    look: Look | None = None
    judge: Judge | None = None
    samples: Samples | None = None
    #: Whether anything may be made: (request, item) -> a word. Runs in the event loop, before all looks.
    permits: Callable[[Any, Any], Awaitable[Permission]] | None = None
    #: More routes of its worker's HTTP side: (app, its batcher, decode, mark, largest file in bytes).
    add_routes: Callable[[FastAPI, Batcher, Decode, Marker, int], None] | None = None


@dataclass(frozen=True)
class Engaged:
    """A job kind and the engine that runs it here; ``batch_size`` is for kinds that are not steered.

    ``looker`` is the engine of photo checks, of a kind that looks at photos besides its pass: loaded after the other.
    """

    handler: JobHandler
    engine: Engine[Any, Any]
    reason: str
    batch_size: int = 2
    looker: Engine[Any, Any] | None = None
