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
