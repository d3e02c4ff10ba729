"""What reading requests costs: by uvicorn with httptools, by the gateway's connections on top of it, and with h11.

`python -m benchmarks.gateway.connections`. All three serve a route that takes the body of a try-on, with nothing
behind it, each in a process of its own, in turns. What is counted is each one's processor time, which other work on
the machine leaves alone.
"""

import argparse
import asyncio
import multiprocessing
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection as Pipe
from operator import attrgetter
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from schemas.jobs.try_on import TryOnBody

_KEY = "users/01985c2e-6f3a-7b12-9d44-0c5e8a7f1b23/uploads/01985c2e-6f3a-7b12-9d44-0c5e8a7f1b24.jpg"
_BODY = TryOnBody(user_snap_s3=_KEY, uncleaned_outfit_s3=_KEY).model_dump_json().encode()
_HEAD = (
    b"POST /jobs/try_on HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    % len(_BODY)
)
REQUESTS = {
    "plain": _HEAD + b"\r\n" + _BODY,
    "asks for h2c": _HEAD
    + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n"
    + _BODY,
}
_CONNECTIONS = 16


def _httptools() -> Any:
    return "httptools"


def _ours() -> Any:
    from services.connections import Admission, Connection

    return partial(Connection, Admission(1000, ()))


def _h11() -> Any:
    return "h11"


PARSERS: dict[str, Callable[[], Any]] = {"httptools": _httptools, "ours": _ours, "h11": _h11}


def _serve(http: Callable[[], Any], ready: Pipe) -> None:
    app = FastAPI()

    @app.post("/jobs/try_on", status_code=202)
    async def create_try_on(body: TryOnBody) -> dict[str, str]:
        return {"key": body.user_snap_s3}

    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=http(), lifespan="off", log_config=None, log_level="critical", access_log=False
    )
    ready.send(listening.getsockname()[1])
    uvicorn.Server(config).run([listening])


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _ask(port: int, request: bytes, times: int) -> int:
    """How many of them were accepted."""

    async def one(each: int) -> int:
        accepted = 0
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(each):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            accepted += head.startswith(b"http/1.1 202")
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r")[0]))
        writer.close()
        await writer.wait_closed()
        return accepted

    return sum(await asyncio.gather(*(one(times // _CONNECTIONS) for _ in range(_CONNECTIONS))))


@dataclass(frozen=True)
class ParserCost:
    """Of one parser and one kind of request: processor time in microseconds, and the share that was accepted."""

    cost: float
    accepted: float


def measure(requests: int, rounds: int) -> dict[str, dict[str, ParserCost]]:
    """By kind of request and by parser; the median of the rounds, after one that does not count."""
    spawn = multiprocessing.get_context("spawn")
    servers: dict[str, tuple[Any, int]] = {}
    found: dict[str, dict[str, list[ParserCost]]] = {
        kind: {name: [] for name in PARSERS} for kind in REQUESTS
    }
    requests -= requests % _CONNECTIONS
    try:
        for name, http in PARSERS.items():
            here, there = spawn.Pipe()
            process = spawn.Process(target=_serve, args=(http, there), daemon=True)
            process.start()
            servers[name] = (process, here.recv())
        for _ in range(rounds + 1):
            for kind, request in REQUESTS.items():
                for name, (process, port) in servers.items():
                    before = _processor_seconds(process.pid)
                    accepted = asyncio.run(_ask(port, request, requests))
                    cost = (_processor_seconds(process.pid) - before) / requests * 1e6
                    found[kind][name].append(ParserCost(cost, accepted / requests))
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.join()
    middle = attrgetter("cost")
    return {
        kind: {name: sorted(each[1:], key=middle)[rounds // 2] for name, each in by.items()}
        for kind, by in found.items()
    }


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=4000, help="In a round of each.")
    options.add_argument("--rounds", type=int, default=5)
    told = options.parse_args()
    for kind, by in measure(told.requests, told.rounds).items():
        for name, one in by.items():
            against = by["httptools"].cost / one.cost
            print(
                f"{kind:>12}  {name:<9} {one.accepted:4.0%}  {one.cost:5.0f} us each  {against:.2f} x httptools"
            )


if __name__ == "__main__":
    main()
