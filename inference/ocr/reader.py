"""One look at a small picture's text, kept: the same picture is read once."""

import hashlib
from collections import OrderedDict
from functools import lru_cache
from threading import Lock

import numpy as np

from inference.ocr.lines import Pixels, TextLine, lines

_SIDE = 512  # pixels of the long side in which text is looked for; a chart's small print needs more
_KEPT = 32  # pictures


class TextReader:
    """Reads small pictures by one thread: a second one spends as much on waiting for the first. What was read of the
    last ones is kept by content. Safe to share between threads."""

    def __init__(self) -> None:
        self._read: OrderedDict[bytes, tuple[TextLine, ...]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, rgb: Pixels) -> tuple[TextLine, ...]:
        """As `lines`; the models are loaded with the first one."""
        content = np.ascontiguousarray(rgb).tobytes() + repr(rgb.shape).encode()
        key = hashlib.blake2b(content, digest_size=16).digest()
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        found = lines(rgb, 1, _SIDE)
        with self._lock:
            self._read[key] = found
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return found


@lru_cache(maxsize=1)
def reader() -> TextReader:
    """This process's own."""
    return TextReader()
