"""`proteus bench …`: measurements of a running system, of workers and of policies, and the list of all."""

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from services.cli.bench.sizes import charts, fit
from services.cli.up import NotStarted, require_servers

app = typer.Typer(help="Measure a running system, or one started for it.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure a running system, or one started for it."""


Url = Annotated[str | None, typer.Option(help="A running system; one is started when left out.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write the figures as JSON.")]
Cost = Annotated[float, typer.Option(min=0, help="Seconds of a forward pass of the simulated engine…")]
Each = Annotated[float, typer.Option(min=0, help="…and of each picture in it.")]
Weavers = Annotated[int, typer.Option(min=1, help="Of a system that is started.")]


def _need_servers() -> None:
    """End with a sentence where the servers are not installed that a command starts."""
    try:
        require_servers()
    except NotStarted as error:
        typer.echo(f"proteus bench: {error}", err=True)
        raise typer.Exit(1) from None


def _run(
    url: str | None, a: float, b: float, weavers: int, measure: Callable[[str], Awaitable[dict[str, float]]]
) -> dict[str, float]:
    """Measure the system at ``url``, or one that is started for it."""
    import asyncio

    if url is None:
        _need_servers()
    from benchmarks.system.load import started

    async def run() -> dict[str, float]:
        if url is not None:
            return await measure(url)
        async with started(a, b, weavers) as system:
            return await measure(system.url)

    return asyncio.run(run())


def _show(title: str, columns: Mapping[str, Mapping[str, float]], output: Path | None) -> None:
    """A table with a row a figure, and the same as JSON."""
    from rich.console import Console
    from rich.table import Table

    table = Table("figure", *columns, title=title)
    for name in next(iter(columns.values())):
        table.add_row(name, *(f"{figures[name]:g}" for figures in columns.values()))
    Console().print(table)
    if output is not None:
        written = columns if len(columns) > 1 else next(iter(columns.values()))
        output.write_text(json.dumps(written, indent=1) + "\n")


@app.command()
def latency(
    rate: Annotated[float, typer.Option(min=0.1, help="Jobs per second.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 20.0,
    url: Url = None,
    output: Output = None,
) -> None:
    """Submit-to-event time with a zero-cost engine, one weaver and evenly spaced requests."""
    from benchmarks.system.latency import measure

    _show("submit → event", {"value": _run(url, 0, 0, 1, lambda url: measure(url, rate, seconds))}, output)


@app.command()
def rate(
    rate: Annotated[float, typer.Option(min=0.1, help="Jobs per second.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 30.0,
    seed: Annotated[int, typer.Option(help="Of the arrivals.")] = 1,
    users: Annotated[int, typer.Option(min=1, help="Who ask.")] = 20,
    a: Cost = 0.08,
    b: Each = 0.02,
    weavers: Weavers = 1,
    url: Url = None,
    output: Output = None,
) -> None:
    """Poisson arrivals, open loop: each job is timed from when it was due."""
    from benchmarks.system.rate import measure

    figures = _run(url, a, b, weavers, lambda url: measure(url, rate, seconds, seed, users))
    _show("Poisson arrivals", {"value": figures}, output)


@app.command()
def burst(
    jobs: Annotated[int, typer.Option(min=2, help="Jobs at one moment.")] = 200,
    users: Annotated[int, typer.Option(min=1, help="Who ask.")] = 20,
    a: Cost = 0.08,
    b: Each = 0.02,
    weavers: Weavers = 1,
    url: Url = None,
    output: Output = None,
) -> None:
    """Many jobs at one moment, and how true the waits were that their users were told."""
    from benchmarks.system.burst import measure

    _show("a burst", {"value": _run(url, a, b, weavers, lambda url: measure(url, jobs, users))}, output)


@app.command()
def lanes(
    seconds: Annotated[float, typer.Option(min=1, help="Of overload.")] = 20.0,
    seed: Annotated[int, typer.Option(help="Of the arrivals.")] = 1,
    output: Output = None,
) -> None:
    """Three times more than one weaver can do, a fifth of it vip."""
    from benchmarks.system.lanes import measure

    capacity = 8 / (0.08 + 8 * 0.02)
    figures = _run(None, 0.08, 0.02, 1, lambda url: measure(url, capacity, seconds, seed))
    _show("waits by lane", {"value": figures}, output)


@app.command()
def sockets(
    count: Annotated[int, typer.Option("--sockets", min=1, help="Open at a time.")] = 10_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Events per second, to all of them together.")] = 500.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 20.0,
    output: Output = None,
) -> None:
    """Fan-out: quiet sockets, one each for that many users, on one gateway process."""
    _need_servers()
    import asyncio

    from benchmarks.system.load import started
    from benchmarks.system.sockets import measure

    async def run() -> dict[str, float]:
        async with started(0, 0) as system:
            return await measure(system.url, system.environment, count, rate, seconds)

    _show("publish → socket", {"value": asyncio.run(run())}, output)


@app.command()
def waiting(
    count: Annotated[int, typer.Option("--users", min=20, help="Who wait, a socket and a job each.")] = 5000,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 20.0,
    output: Output = None,
) -> None:
    """What users with open pages cost while a long queue moves, and a look at its last job."""
    _need_servers()
    import asyncio

    from benchmarks.gateway.waiting import measure
    from benchmarks.system.load import started

    async def run() -> dict[str, float]:
        async with started(0, 0) as system:
            return await measure(system.url, system.environment, count, seconds)

    _show("a long queue", {"value": asyncio.run(run())}, output)


@app.command()
def busy(
    jobs: Annotated[int, typer.Option(min=2, help="In the backlog.")] = 400,
    seconds: Annotated[float, typer.Option(min=0.001, help="Of a forward pass.")] = 0.1,
    batch: Annotated[int, typer.Option(min=1, max=8, help="Jobs in a pass.")] = 1,
    output: Output = None,
) -> None:
    """How busy the device is during a backlog with 300 kB pictures in and out, with and without a pipeline."""
    _need_servers()
    import uvloop

    from benchmarks.system.busy import measure

    _show("device", uvloop.run(measure(jobs, seconds, batch)), output)


@app.command()
def tailors(
    jobs: Annotated[int, typer.Option(min=2, help="Garments to cut out, each time.")] = 24,
    repeats: Annotated[int, typer.Option(min=1, help="Of each way.")] = 3,
    engine: Annotated[str, typer.Option(help="Of the tailors: grabcut, segformer.")] = "grabcut",
    output: Output = None,
) -> None:
    """One tailor, two that take every core, and two that share them."""
    _need_servers()
    import asyncio

    from benchmarks.system.tailors import measure

    _show("cut-outs a second", asyncio.run(measure(jobs, repeats, engine)), output)


@app.command()
def memory(
    jobs: Annotated[int, typer.Option(min=1, help="Pictures of 49 megapixels, each time.")] = 10,
    output: Output = None,
) -> None:
    """What a tailor and a weaver hold at most, with their decoders, over the worst pictures that are accepted."""
    _need_servers()
    import asyncio

    from benchmarks.system.memory import measure

    found = asyncio.run(measure(jobs, lambda line: typer.echo(line, err=True)))
    figures = next(iter(found.values()))
    columns = {figure: {name: values[figure] for name, values in found.items()} for figure in figures}
    _show("memory of a worker", columns, output)


@app.command()
def redeliveries(
    jobs: Annotated[int, typer.Option(min=8, help="Try-ons.")] = 200,
    seconds: Annotated[float, typer.Option(min=0.1, help="Of a pass of eight.")] = 20.0,
    weavers: Annotated[int, typer.Option(min=1, help="Side by side.")] = 5,
    output: Output = None,
) -> None:
    """Whether a job of a live worker is handed out again, with long passes and one core busy."""
    _need_servers()
    import asyncio

    from benchmarks.system.redelivery import measure

    _show("long passes", {"value": asyncio.run(measure(jobs, seconds, weavers))}, output)


@app.command()
def policy(
    seed: Annotated[int, typer.Option(help="Of the arrivals.")] = 1,
    check: Annotated[
        bool, typer.Option("--check", help="Replay a real burst of 200 in the simulator, too.")
    ] = False,
    pictures: Annotated[Path | None, typer.Option(help="A folder for plots; needs matplotlib.")] = None,
    output: Output = None,
) -> None:
    """Policies on trial in the simulator: promises kept, quality given, seconds and money spent."""
    import asyncio
    from dataclasses import asdict

    from benchmarks.policy.picture import draw_run, draw_trials
    from benchmarks.policy.replay import replay
    from benchmarks.policy.trials import as_markdown, try_all

    trials, shown = try_all(seed, lambda line: typer.echo(line, err=True))
    for trace, found in trials.items():
        typer.echo(f"\n{trace}\n\n{as_markdown(found)}")
    if pictures is not None:
        draw_trials(trials, pictures / "policies.png")
        draw_run("slo in a flash crowd, two weavers, simulated", shown, pictures / "slo.png")
    if check:
        _need_servers()
        _show("is the simulation true?", {"value": asyncio.run(replay(200))}, None)
    if output is not None:
        written = {
            trace: {name: asdict(each) for name, each in found.items()} for trace, found in trials.items()
        }
        output.write_text(json.dumps(written, indent=1) + "\n")


@app.command()
def faults(
    words: Annotated[
        list[str] | None, typer.Argument(help="Only faults whose name holds one of these.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Jobs during each fault.")] = 500,
    users: Annotated[int, typer.Option(min=1, help="Users who ask for them.")] = 50,
    rate: Annotated[float, typer.Option(min=0.1, help="Jobs per second.")] = 40.0,
    seed: Annotated[int, typer.Option(help="What is broken when; the same seed, the same faults.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from --seed on.")] = 1,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the table as JSON.")] = None,
) -> None:
    """Break every part of a system started for it, and count what became of each accepted job.

    Exits with 1 when a promise of docs/reliability.md was broken.
    """
    _need_servers()
    import asyncio
    from dataclasses import asdict

    from benchmarks.faults.run import choose, missing, run_faults
    from benchmarks.faults.table import as_table

    try:
        chosen = choose(words or [])
    except ValueError as error:
        typer.echo(f"proteus bench faults: {error}", err=True)
        raise typer.Exit(2) from None
    lacking = {fault.name: why for fault in chosen if (why := missing(fault.needs))}
    there = [fault for fault in chosen if fault.name not in lacking]
    verdicts = []
    for number in range(seed, seed + seeds):
        done = asyncio.run(
            run_faults(there, number, jobs, users, rate, lambda text: typer.echo(text, err=True))
        )
        verdicts += done
        as_table(done, lacking, f"seed {number}: {jobs} jobs from {users} users during each fault")
    if output is not None:
        output.write_text(json.dumps([asdict(verdict) for verdict in verdicts], indent=1) + "\n")
    if not all(verdict.faultless for verdict in verdicts):
        raise typer.Exit(1)


app.command()(charts)
app.command()(fit)
