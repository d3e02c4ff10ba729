"""Other people's files are decoded in processes that may die or hang, and are then replaced."""

import asyncio
import contextlib
import json
import os
import struct
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image

from inference.errors import EngineFault, PictureError
from services.worker.decode.working_time import working_at_most

_COMMAND = (sys.executable, "-m", "inference.decode.process")
#: Of work. A HEIC of 12 megapixels takes one second on a slow machine.
_SECONDS = 5.0
#: A large picture may take as long again for so many pixels.
_PIXELS_IN_TIME = 100_000_000
_START_SECONDS = 30.0


#: A file of pixels that grew larger is emptied once it was read.
_KEPT_BYTES = 16 * 2**20
_ROWS = 256  # that are read at a time


class _Lost(Exception):
    """The process died or did not answer. Says what that is to the picture's user."""


@dataclass(eq=False)
class _Child:
    """A process, and the file that it leaves pixels in."""

    process: Process
    pixels: BinaryIO


class Decoder:
    """At most ``processes`` at a time, started when they are first needed."""

    def __init__(self, processes: int, seconds: float = _SECONDS, command: Sequence[str] = _COMMAND) -> None:
        self._seconds, self._command = seconds, command
        self._idle: list[_Child] = []
        self._free = asyncio.Semaphore(processes)
        self._large = asyncio.Lock()
        self._all: set[_Child] = set()

    async def decode(self, data: bytes, ours: bool = False) -> Image.Image:
        """As `inference.pictures.decode`, large ones one at a time.

        A file that twice kills or holds its decoder is refused: PictureError.
        Raises EngineFault when no decoder can be started.
        """
        async with self._free:
            try:
                return await self._try(self._idle.pop() if self._idle else await self._start(), data, ours)
            except _Lost:
                # It may have been the machine: out of memory, or standing still. A new process knows.
                try:
                    return await self._try(await self._start(), data, ours)
                except _Lost as why:
                    raise PictureError(
                        "picture_unreadable", f"The picture could not be read: {why}"
                    ) from None

    async def _try(self, child: _Child, data: bytes, ours: bool) -> Image.Image:
        done = False
        try:
            picture = await self._converse(child, data, ours)
            done = True
            return picture
        except PictureError:
            done = True
            raise
        except TimeoutError:
            raise _Lost("it takes too long. Export it again.") from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Lost("it is damaged.") from error
        finally:
            if done:
                self._idle.append(child)
            else:  # its answer, should one come, would be taken for the next picture's
                await self._end(child)

    async def _converse(self, child: _Child, data: bytes, ours: bool) -> Image.Image:
        async with working_at_most(child.process.pid, self._seconds):
            await _send(child, b"\1" if ours else b"\0", data)
            head = await _hear(child)
            if "pixels" not in head:
                return await _collect(child, head)
        async with self._large:  # the wait for its turn is not the picture's time
            more = self._seconds * head["pixels"] / _PIXELS_IN_TIME
            async with working_at_most(child.process.pid, self._seconds + more):
                await _send(child)
                return await _collect(child, await _hear(child))

    async def _start(self) -> _Child:
        pixels = tempfile.TemporaryFile()  # noqa: SIM115  closed with its process
        try:
            process = await asyncio.wait_for(
                asyncio.create_subprocess_exec(
                    *self._command, str(pixels.fileno()), stdin=PIPE, stdout=PIPE, pass_fds=(pixels.fileno(),)
                ),
                _START_SECONDS,
            )
        except (OSError, TimeoutError) as error:
            pixels.close()
            raise EngineFault(f"No process to read pictures: {error or type(error).__name__}.") from error
        except BaseException:
            pixels.close()
            raise
        child = _Child(process, pixels)
        self._all.add(child)
        try:
            async with asyncio.timeout(_START_SECONDS):  # its imports are not the picture's time
                await _send(child, b"\0")
                with contextlib.suppress(PictureError):  # of no bytes
                    await _collect(child, await _hear(child))
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            await self._end(child)
            raise EngineFault("A process to read pictures ended, or said nothing, as it started.") from error
        except BaseException:
            await self._end(child)
            raise
        return child

    async def _end(self, child: _Child) -> None:
        self._all.discard(child)
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        await child.process.wait()
        child.pixels.close()

    async def warm_up(self) -> None:
        """Start a process now, so that the first picture does not wait for its imports."""
        with contextlib.suppress(EngineFault):
            self._idle.append(await self._start())

    async def close(self) -> None:
        """End every process."""
        self._idle.clear()
        await asyncio.gather(*(self._end(child) for child in list(self._all)))


async def _send(child: _Child, *parts: bytes) -> None:
    stdin = child.process.stdin
    assert stdin is not None
    stdin.writelines((struct.pack(">I", sum(map(len, parts))), *parts))
    await stdin.drain()


async def _hear(child: _Child) -> dict[str, Any]:
    stdout = child.process.stdout
    assert stdout is not None
    (length,) = struct.unpack(">I", await stdout.readexactly(4))
    head: dict[str, Any] = json.loads(await stdout.readexactly(length))
    return head


async def _collect(child: _Child, head: Mapping[str, Any]) -> Image.Image:
    if "code" in head:
        raise PictureError(head["code"], head["message"])
    # To its end even when the caller leaves: the file is the next picture's after that.
    reading = asyncio.create_task(asyncio.to_thread(_read, child.pixels, head))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await reading
        raise


def _read(pixels: BinaryIO, head: Mapping[str, Any]) -> Image.Image:
    mode, (width, height), size = head["mode"], head["size"], head["bytes"]
    picture = Image.new(mode, (width, height))
    stride = size // height
    body = bytearray(_ROWS * stride)  # not all of them, since Pillow copies what it is given
    for top in range(0, height, _ROWS):
        rows = min(_ROWS, height - top)
        _fill(memoryview(body)[: rows * stride], pixels.fileno(), top * stride)
        picture.paste(Image.frombuffer(mode, (width, rows), body, "raw", mode, 0, 1), (0, top))
    if size > _KEPT_BYTES:
        os.truncate(pixels.fileno(), 0)
    return picture


def _fill(view: memoryview, file: int, start: int) -> None:
    while view:
        count = os.preadv(file, [view], start)
        if count == 0:
            raise ConnectionError("fewer pixels than were told of")
        view, start = view[count:], start + count


@contextlib.asynccontextmanager
async def open_decoder(processes: int) -> AsyncIterator[Decoder]:
    """A decoder for as long as the context is."""
    decoder = Decoder(processes)
    try:
        yield decoder
    finally:
        await decoder.close()
