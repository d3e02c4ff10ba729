"""Decodes pictures as a process of its own: ``python -m inference.decoding FD``. A hostile file kills no more than it.

Speaks frames on stdin and stdout: four bytes of length (big endian), then the body. In: a file. Out: a frame of JSON,
``{"mode", "size", "bytes"}`` or ``{"code", "message"}``. Pixels lie in the file of descriptor FD, which whoever
asks has open, too: megabytes through a pipe would cost its event loop more than the decoding costs this process.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from typing import BinaryIO

from inference.errors import PictureError
from inference.pictures import decode

#: Of address space: 50 megapixels several times over, and the libraries.
_MEMORY = 4 * 2**30


def _read(stream: BinaryIO) -> bytes | None:
    head = stream.read(4)
    if len(head) < 4:
        return None
    return stream.read(struct.unpack(">I", head)[0])


def _write(stream: BinaryIO, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)))
    stream.write(body)


def serve(source: BinaryIO, sink: BinaryIO, pixels: int) -> None:
    """Answer until ``source`` ends, with pixels in the file of descriptor ``pixels``."""
    while (data := _read(source)) is not None:
        try:
            picture = decode(data)
        except PictureError as error:
            _write(sink, json.dumps({"code": error.code, "message": error.message}).encode())
        else:
            body = memoryview(picture.tobytes())
            written = 0
            while written < len(body):
                written += os.pwrite(pixels, body[written:], written)
            head = {"mode": picture.mode, "size": picture.size, "bytes": len(body)}
            _write(sink, json.dumps(head).encode())
        sink.flush()


_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    # One that is stopped, or deep in a picture, would outlive a worker that was killed.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
