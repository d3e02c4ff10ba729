"""Other people's files are decoded in processes that may die or hang, and are then replaced."""

import asyncio
import contextlib
import json
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence

from PIL import Image

from inference.errors import PictureError

_COMMAND = (sys.executable, "-m", "inference.decoding")
#: A large HEIC takes one second on a slow machine.
_SECONDS = 5.0
_START_SECONDS = 30.0


class _Lost(Exception):
    """The process died."""


class Decoder:
    """At most ``processes`` at a time, started when they are first needed."""

    def __init__(self, processes: int, seconds: float = _SECONDS, command: Sequence[str] = _COMMAND) -> None:
        self._seconds, self._command = seconds, command
        self._idle: list[Process] = []
        self._free = asyncio.Semaphore(processes)
        self._all: set[Process] = set()

    async def decode(self, data: bytes) -> Image.Image:
        """As `inference.images.decode`. A file that kills or holds its decoder is refused: PictureError."""
        async with self._free:
            for _ in range(2):  # what killed the first one may have been the machine's need of memory
                try:
                    return await self._try(data)
                except _Lost:
                    continue
        raise PictureError("picture_unreadable", "The picture could not be read: it is damaged.")

    async def _try(self, data: bytes) -> Image.Image:
        child = self._idle.pop() if self._idle else await self._start()
        done = False
        try:
            async with asyncio.timeout(self._seconds):
                picture = await _converse(child, data)
            done = True
            return picture
        except PictureError:
            done = True
            raise
        except TimeoutError:
            raise PictureError(
                "picture_unreadable", "The picture could not be read: it takes too long. Export it again."
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise _Lost from error
        finally:
            if done:
                self._idle.append(child)
            else:  # its answer, should one come, would be taken for the next picture's
                await self._end(child)

    async def _start(self) -> Process:
        child = await asyncio.wait_for(
            asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, limit=2**20),
            _START_SECONDS,
        )
        self._all.add(child)
        try:
            async with asyncio.timeout(_START_SECONDS):  # its imports are not the picture's time
                with contextlib.suppress(PictureError):
                    await _converse(child, b"")
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            await self._end(child)
            raise _Lost from error
        return child

    async def _end(self, child: Process) -> None:
        self._all.discard(child)
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()

    async def warm_up(self) -> None:
        """Start a process now, so that the first picture does not wait for its imports."""
        with contextlib.suppress(_Lost):
            self._idle.append(await self._start())

    async def close(self) -> None:
        """End every process."""
        self._idle.clear()
        await asyncio.gather(*(self._end(child) for child in list(self._all)))


async def _converse(child: Process, data: bytes) -> Image.Image:
    assert child.stdin is not None
    child.stdin.write(struct.pack(">I", len(data)) + data)
    await child.stdin.drain()
    head = json.loads(await _frame(child))
    if "code" in head:
        raise PictureError(head["code"], head["message"])
    pixels = await _frame(child)
    return await asyncio.to_thread(Image.frombytes, head["mode"], tuple(head["size"]), pixels)


async def _frame(child: Process) -> bytes:
    assert child.stdout is not None
    (length,) = struct.unpack(">I", await child.stdout.readexactly(4))
    return await child.stdout.readexactly(length)


@contextlib.asynccontextmanager
async def open_decoder(processes: int) -> AsyncIterator[Decoder]:
    """A decoder for as long as the context is."""
    decoder = Decoder(processes)
    try:
        yield decoder
    finally:
        await decoder.close()
