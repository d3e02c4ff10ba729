"""What tests of several engines need lies beside this file: tiny weights of a parser. What they took is let go of."""

import ctypes
import gc
from collections.abc import Iterator

import pytest

from inference.check.checker import checker
from inference.garment.salient import let_go
from inference.person import analyse

_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc


@pytest.fixture(autouse=True)
def no_heap_is_kept() -> Iterator[None]:
    """What a test freed is the system's again: else a process is as large as all that lay beside each other once."""
    yield
    if _trim is not None:
        _trim(0)


@pytest.fixture(autouse=True, scope="module")
def no_engine_is_kept() -> Iterator[None]:
    """Nor networks and what they saw. Engines hang together in rings, which only the collector finds."""
    yield
    let_go()
    checker.cache_clear()
    analyse._own.clear()
    gc.collect()
    if _trim is not None:
        _trim(0)
