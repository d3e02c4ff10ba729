"""`proteus bench …`: the measurements of `benchmarks/`."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Measure a running system, or one started for it.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure a running system, or one started for it."""


@app.command()
def latency(
    rate: Annotated[float, typer.Option(min=0.1, help="Jobs per second.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long.")] = 20.0,
    url: Annotated[str | None, typer.Option(help="A running system; one is started when left out.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the figures as JSON.")] = None,
) -> None:
    """Submit-to-event time with a zero-cost engine, one weaver and batch 1."""
    import asyncio

    from rich.console import Console
    from rich.table import Table

    from benchmarks.latency import as_dict, measure, measure_embedded

    measured = asyncio.run(measure(url, rate, seconds) if url else measure_embedded(rate, seconds))
    figures = as_dict(measured)
    table = Table("figure", "value", title="submit → completed event")
    for name, value in figures.items():
        table.add_row(name, f"{value:g}")
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=1) + "\n")


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
