"""Words in rows that a newer gateway may have written: while versions change, two of them share the tables."""

from enum import StrEnum
from typing import TypeVar

from schemas.api.vtons import VtonStatus
from schemas.jobs.base import JobStatus, Lane

T = TypeVar("T", bound=StrEnum)


def status_of(word: str) -> JobStatus:
    """A job's. One that this version does not know is shown as running: it is a newer gateway's to go on with."""
    return _member(JobStatus, word, JobStatus.RUNNING)


def vton_status_of(word: str) -> VtonStatus:
    """A VTON's, likewise."""
    return _member(VtonStatus, word, VtonStatus.RUNNING)


def lane_of(word: str) -> Lane:
    """A job's; that of everybody where it is none of this version's."""
    return _member(Lane, word, Lane.STANDARD)


def _member(known: type[T], word: str, otherwise: T) -> T:
    try:
        return known(word)
    except ValueError:
        return otherwise
