"""One look at a photo, kept: the same photo is looked at once, whoever asks."""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from threading import Lock

import numpy as np

from inference.check.garment import check_garment
from inference.check.person import check_person
from inference.check.sharpness import Pixels
from inference.person.analyse import LOOK, analyst, sight_of
from inference.pixels import pixels_of
from inference.shrink import shrink
from inference.tasks.photo_check import Photo, Report

_KEPT = 32  # reports


@lru_cache(maxsize=1)
def checker(threads: int | None = None) -> "Checker":
    """This process's own, with the networks that its engines look with."""
    return Checker(threads)


class Checker:
    """Safe to share between threads."""

    def __init__(self, threads: int | None = None) -> None:
        """Raises EngineUnavailable when a network is not installed."""
        self._analyst = analyst(threads)
        self._reports: OrderedDict[Hashable, Report] = OrderedDict()
        self._lock = Lock()

    def check(self, photo: Photo) -> Report:
        """What the photo shows and what is wrong with it."""
        pixels = pixels_of(photo.picture)
        alpha = pixels[..., 3].copy() if photo.picture.mode == "RGBA" else None
        sight = sight_of(np.ascontiguousarray(pixels[..., :3]))
        outline = _content(alpha) if alpha is not None else b""
        del pixels  # of the photo's size
        key = sight.key, outline, photo.role, photo.part
        with self._lock:
            if key in self._reports:
                self._reports.move_to_end(key)
                return self._reports[key]
        if photo.role == "person":
            report = check_person(photo, sight, self._analyst)
        else:
            report = check_garment(photo, sight, alpha, self._analyst)
        with self._lock:
            self._reports[key] = report
            while len(self._reports) > _KEPT:
                self._reports.popitem(last=False)
        return report


def _content(pixels: Pixels) -> bytes:
    """Of a transparency (H, W) as it is looked at."""
    small = shrink(pixels, LOOK)
    return hashlib.blake2b(np.ascontiguousarray(small).tobytes(), digest_size=16).digest()
