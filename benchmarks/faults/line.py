"""A TCP relay on loopback, in front of one server for one kind of client: to be cut, hung, slowed, or made to fail."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_METHODS = (b"GET ", b"PUT ", b"POST ", b"HEAD ", b"DELETE ")
_REFUSAL = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(eq=False)
class Line:
    """Passes bytes on, unless told otherwise. Its port is what the client is configured with."""

    port: int
    target: int
    rng: random.Random
    delay: float = 0.0  # seconds before each HTTP request is passed on
    failing: float = 0.0  # share of HTTP requests answered with 500
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _refusing: bool = False
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """Break what is open, refuse what comes."""
        self._refusing = True
        for writer in self._writers:
            writer.transport.abort()

    def hang(self) -> None:
        """Keep connections open and pass nothing on: as a firewall that drops packets."""
        self._open.clear()

    def mend(self) -> None:
        """Pass everything on again."""
        self._refusing = False
        self.delay = self.failing = 0.0
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            back_reader, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        pumps = [
            asyncio.create_task(self._pump(reader, back, writer)),
            asyncio.create_task(self._pump(back_reader, writer, None)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for side in (writer, back):
                self._writers.discard(side)
                side.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: asyncio.StreamWriter | None
    ) -> None:
        """``answer`` is where a refused request is answered: the client's side, for what the client sends."""
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                if answer is not None and data.startswith(_METHODS):
                    if self.rng.random() < self.failing:
                        answer.write(_REFUSAL)
                        await answer.drain()
                        return
                    await asyncio.sleep(self.delay)
                writer.write(data)
                await writer.drain()


@contextlib.asynccontextmanager
async def open_line(target: int, rng: random.Random) -> AsyncIterator[Line]:
    """A line to a port of this machine."""
    line = Line(0, target, rng)
    line.mend()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(line._accept(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
