"""Whose fault an engine's failure on a single item is: the picture's, or the machine's. For every engine alike."""

import logging
from typing import Any

import cv2
import numpy as np

from inference.engine import Engine, no_progress
from inference.errors import EngineFault, PictureError

log = logging.getLogger(__name__)

#: How libraries say that what they were given has a size, a shape or values that they cannot work with.
_OF_THE_INPUT = (ValueError, IndexError, FloatingPointError, np.linalg.LinAlgError, cv2.error)
_NO_MEMORY = -4  # OpenCV's StsNoMem


def judge(error: Exception, engine: Engine[Any, Any]) -> Exception:
    """``error`` itself, or a PictureError in its place.

    It is the picture's when a library refused the input and the engine still runs its own example: trying again cannot
    help then. The same words from a broken model or device are the machine's.
    """
    if not isinstance(error, _OF_THE_INPUT) or isinstance(error, PictureError | EngineFault):
        return error
    if isinstance(error, cv2.error) and getattr(error, "code", 0) == _NO_MEMORY:
        return error
    try:
        (outcome,) = engine.run([engine.example()], no_progress)
    except Exception as fault:  # it is the machine, whatever the example ended in
        log.warning("the engine fails on its own example, too: %r", fault)
        return error
    if isinstance(outcome, Exception):
        return error
    log.error("the engine cannot work with a picture: %r", error, exc_info=error)
    return PictureError(
        "picture_unusable",
        "Nothing could be made of this picture: its shape or content is too unusual. Use another one.",
    )
