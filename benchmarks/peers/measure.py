"""One load through one side: servers up, worker up, the client's run, all of it down."""

import asyncio
import json
from pathlib import Path

from benchmarks.peers.client import WARM_UP
from benchmarks.peers.figures import Figures, figures
from benchmarks.peers.loads import Load
from benchmarks.peers.outcome import Outcome, parse
from benchmarks.peers.side import RunContext, Side, Stage, kill
from services.embedded.process import Child

_START = 60.0  # what servers, worker and warm-up may take


class RunFailed(Exception):
    """A side did not come up, or its client ended badly. Says where to look."""


async def measure(side: Side, load: Load, due: list[float], directory: Path) -> Figures:
    """What became of jobs that were ``due`` then."""
    directory.mkdir(parents=True)
    place = RunContext(directory, load.engine, load.patience)
    async with side.open(place) as stage:
        workers = [await stage.start_worker()]
        try:
            outcomes = await _run(side, stage, load, due, workers)
        finally:
            for worker in workers:
                kill(worker)
                await worker.process.wait()
    return figures(outcomes, len(due), _passes(place.passes))


async def _run(side: Side, stage: Stage, load: Load, due: list[float], workers: list[Child]) -> list[Outcome]:
    errors = workers[0].log.with_name("client.log")
    with errors.open("wb") as stderr:
        client = await asyncio.create_subprocess_exec(
            *(str(part) for part in stage.client),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=stderr,
            env=dict(stage.environment),
        )  # fmt: skip
    assert client.stdin is not None and client.stdout is not None
    killer: asyncio.Task[None] | None = None
    try:
        client.stdin.write(json.dumps(due).encode())
        client.stdin.close()
        async with asyncio.timeout(_START):
            started = await client.stdout.readline()
        if started and load.kill_at is not None:
            killer = asyncio.create_task(_kill_and_restart(stage, load.kill_at, workers))
        async with asyncio.timeout(due[-1] + 3 * load.patience + _START):
            outcomes = [parse(line) async for line in client.stdout]
            code = await client.wait()
        if killer is not None:
            await killer
    except TimeoutError:
        raise RunFailed(
            f"{side.name}, {load.name}: no answer in time; {_ends(workers[-1], errors)}"
        ) from None
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
        if killer is not None:
            killer.cancel()
    if code or not started:
        raise RunFailed(
            f"{side.name}, {load.name}: its client ended with {code}; {_ends(workers[-1], errors)}"
        )
    return outcomes


async def _kill_and_restart(stage: Stage, after: float, workers: list[Child]) -> None:
    await asyncio.sleep(after)
    kill(workers[-1])
    await workers[-1].process.wait()
    workers.append(await stage.start_worker())


def _passes(path: Path) -> list[list[int]]:
    """Indexes by forward pass that ended, without the warm-up."""
    if not path.exists():
        return []
    passes = (json.loads(line) for line in path.read_text().splitlines())
    return [[index for index in indexes if index != WARM_UP] for indexes in passes]


def _ends(worker: Child, errors: Path) -> str:
    said = errors.read_text(errors="replace")[-1500:]
    return f"its worker's log ends with:\n{worker.last_lines()}\nand its client's with:\n{said}"
