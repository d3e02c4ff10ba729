"""Decodes pictures as a process of its own (`python -m inference.decode.process FD`).

A hostile file kills no more than it.
Speaks frames on stdin and stdout: four bytes of length (big endian), then the body. In: a byte that is 1 for a picture
that we made, and a file. Out: a frame of JSON, ``{"mode", "size", "bytes"}`` or ``{"code", "message"}``; before it, for
a large picture, ``{"pixels"}``, whereupon any frame is awaited: its turn has come. Pixels lie in the
file of descriptor FD, which whoever asks has open, too: megabytes through a pipe would cost its event loop more than
the decoding costs this process.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from typing import Any, BinaryIO

from PIL import Image

from inference.errors import PictureError
from inference.pictures import decode
from inference.pixels import bands

#: Of address space: the largest picture, decoded once, and the libraries.
_MEMORY = 3 * 2**30
#: Beyond this many pixels a picture waits for its turn.
_LARGE_PIXELS = 16_000_000


def _length(stream: BinaryIO) -> int | None:
    """Of the next frame's body, which is still to be read; None at the end."""
    head = stream.read(4)
    return struct.unpack(">I", head)[0] if len(head) == 4 else None


def _write(stream: BinaryIO, body: dict[str, Any]) -> None:
    text = json.dumps(body).encode()
    stream.write(struct.pack(">I", len(text)) + text)
    stream.flush()


def _leave(picture: Image.Image, pixels: int) -> int:
    """Write its pixels to a file; how many bytes."""
    written = 0
    for _, rows in bands(picture):
        body = memoryview(rows.tobytes())
        while body:
            count = os.pwrite(pixels, body, written)
            body, written = body[count:], written + count
    return written


def serve(source: BinaryIO, sink: BinaryIO, pixels: int) -> None:
    """Answer until ``source`` ends, with pixels in the file of descriptor ``pixels``."""

    def wait_for_turn(count: int) -> None:
        if count > _LARGE_PIXELS:
            _write(sink, {"pixels": count})
            source.read(_length(source) or 0)

    while (length := _length(source)) is not None:
        ours = source.read(1) == b"\1"
        data = source.read(length - 1)  # the file is many megabytes, and held once
        try:
            picture = decode(data, ours=ours, before=wait_for_turn)
        except PictureError as error:
            _write(sink, {"code": error.code, "message": error.message})
        else:
            count = _leave(picture, pixels)
            _write(sink, {"mode": picture.mode, "size": picture.size, "bytes": count})
            del picture
        del data


_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    # One that is stopped, or deep in a picture, would outlive a worker that was killed.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
