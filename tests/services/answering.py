"""A server that says the same to everybody, and what it was asked."""

import asyncio
import contextlib
from ssl import SSLContext

OK = (
    b'{"access_token": "a", "refresh_token": "r", "user": {}, "token": "t"'  # as a gateway does
    b', "id": "a/b", "sha": "1"}'  # and as a hub of models
)


@contextlib.asynccontextmanager
async def answering(body: bytes = OK, status: str = "200 OK", ssl: SSLContext | None = None):
    """Yields its port and a list of first lines; when it ends, everybody who was answered has gone."""
    heard: list[str] = []
    answers: set[asyncio.Task] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.add(asyncio.current_task())
        heard.append((await reader.readuntil(b"\r\n\r\n")).partition(b" HTTP/1.1\r\n")[0].decode())
        head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=ssl) as server:
        yield server.sockets[0].getsockname()[1], heard
        await asyncio.gather(*answers)
