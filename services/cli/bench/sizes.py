"""`proteus bench charts` and `proteus bench fit`: size charts and fit cases whose answers are known."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer


def charts(
    folder: Annotated[Path, typer.Argument(help="A folder with charts, X.truth.json beside each.")],
) -> None:
    """Read charts whose truth is known. Exits with 1 when too much is wrong, or anything that nobody is asked about."""
    from benchmarks.charts import measure_charts

    try:
        tally = measure_charts(folder)
    except FileNotFoundError as error:
        _nothing_there(error)
    cells = tally.right + tally.cells_asked + tally.wrong
    for line in tally.told:
        typer.echo(line)
    typer.echo(
        f"cells: {tally.right} of {cells} right, {tally.cells_asked} asked, {tally.wrong} wrong, "
        f"{tally.silent} of these not flagged"
    )
    typer.echo(f"facts: {tally.facts} right, {tally.asked} asked, {tally.facts_wrong} wrong")
    typer.echo(f"{tally.seconds / max(tally.charts, 1):.2f} s of one core a chart")
    if not tally.passes():
        raise typer.Exit(1)


def fit(folder: Annotated[Path, typer.Argument(help="A folder with fit_cases.json.")]) -> None:
    """Answer fit cases whose answers are known. Exits with 1 when one is answered otherwise."""
    from benchmarks.charts import measure_fit

    try:
        count, told, rate = measure_fit(folder)
    except FileNotFoundError as error:
        _nothing_there(error)
    for line in told:
        typer.echo(line)
    wrong = len({line.split(":")[0] for line in told})
    typer.echo(f"{count - wrong} of {count} cases right, {rate:.0f} a second of one core")
    if told:
        raise typer.Exit(1)


def _nothing_there(error: FileNotFoundError) -> NoReturn:
    """Nothing was measured, so nothing passes."""
    typer.echo(f"proteus: {error}", err=True)
    raise typer.Exit(2) from None
