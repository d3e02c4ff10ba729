"""`proteus fit`: which size fits, from a size chart and a few measures. Needs no running system."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from inference.tasks.fit import Advice, Chart
    from inference.tasks.size_chart import Facts, Table

#: How to answer what a chart leaves open.
_CURES = {
    "unit_unknown": "say --unit cm or --unit in",
    "chart_kind_unknown": "say whose measures the chart gives: --kind body or --kind garment",
    "chart_unconfirmed": "look at the cells marked ? above; if they are right, say --confirmed",
    "flat_or_girth_unknown": "say --girths flat (half of the way around) or --girths girth",
}

Cm = Annotated[float | None, typer.Option(min=1, help="In cm.")]


def fit(
    chart: Annotated[Path, typer.Argument(help="A size chart: a picture, HTML, CSV or text.")],
    height: Cm = None,
    chest: Cm = None,
    underbust: Cm = None,
    waist: Cm = None,
    hips: Cm = None,
    thigh: Cm = None,
    neck: Cm = None,
    shoulder: Cm = None,
    arm: Cm = None,
    inseam: Annotated[float | None, typer.Option(min=1, help="Inside leg, in cm.")] = None,
    weight: Annotated[float | None, typer.Option(min=1, help="In kg. Names no size by itself.")] = None,
    body: Annotated[Path | None, typer.Option(help="A JSON file of these measures instead.")] = None,
    garment_class: Annotated[
        str, typer.Option(help="Such as tee, shirt, dress_fitted, jeans, kids.")
    ] = "tee",
    stretch: Annotated[str, typer.Option(help="Such as rigid, comfort, stretchy_knit.")] = "unknown",
    preference: Annotated[str, typer.Option(help="close, regular or loose.")] = "regular",
    unit: Annotated[str | None, typer.Option(help="cm or in, where the chart does not say.")] = None,
    kind: Annotated[str | None, typer.Option(help="body or garment, where the chart does not say.")] = None,
    girths: Annotated[str | None, typer.Option(help="flat or girth, where the chart does not say.")] = None,
    table: Annotated[int, typer.Option(min=1, help="Which table, where there are several.")] = 1,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="The chart was read rightly.")] = False,
) -> None:
    """Read a size chart and say which size fits and why, or why that cannot be said."""
    from inference.engines.fit.rules.advise import advise
    from inference.tasks.fit import BodyMeasures, GarmentToFit
    from inference.tasks.size_chart import Facts, as_chart

    given = {
        "height": height, "chest": chest, "underbust": underbust, "waist": waist, "hips": hips, "thigh": thigh,
        "neck": neck, "shoulder": shoulder, "arm": arm, "inseam": inseam, "weight": weight,
    }  # fmt: skip
    measures = _measures({name: value for name, value in given.items() if value is not None}, body)
    for name, value, allowed in (
        ("--unit", unit, ("cm", "in")),
        ("--kind", kind, ("body", "garment")),
        ("--girths", girths, ("flat", "girth")),
        ("--preference", preference, ("close", "regular", "loose")),
    ):
        if value is not None and value not in allowed:
            _end(f"{name} is one of {', '.join(allowed)}", 2)
    tables = _read(chart, Facts(kind, unit))  # type: ignore[arg-type]  # looked at above
    if table > len(tables):
        _end(f"{chart} has {len(tables)} table{'s' if len(tables) > 1 else ''}", 2)
    found = tables[table - 1]
    answered = _answered(as_chart(found), girths)
    garment = GarmentToFit(garment_class, stretch, preference)  # type: ignore[arg-type]
    advice = advise(replace(answered, confirmed=confirmed), BodyMeasures(measures), garment)
    _show(found, answered, advice, len(tables))
    if advice.refused is not None:
        raise typer.Exit(1)


def _measures(given: dict[str, float], body: Path | None) -> dict[str, float]:
    if body is not None:
        import json

        try:
            read: dict[str, Any] = json.loads(body.read_text(encoding="utf-8"))
            given = {str(name): float(value) for name, value in read.items()} | given
        except (OSError, ValueError, TypeError, AttributeError):
            _end(f"{body} is not a JSON object of measures in cm", 2)
    from schemas.sizing.body import NAMES

    return {NAMES.get(name, name): value for name, value in given.items()}


def _read(path: Path, facts: "Facts") -> "list[Table]":
    """The tables of a file. Exits with one line when there are none."""
    import numpy as np

    from inference.engines.size_chart.reader.read import read_picture, read_text
    from inference.errors import EngineUnavailable, PictureError
    from inference.pictures import decode, on_white, sniff

    try:
        data = path.read_bytes()
    except OSError as error:
        _end(f"{path}: {error.strerror}", 2)
    try:
        if sniff(data) is not None:
            return read_picture(np.asarray(on_white(decode(data))), facts)
        return read_text(data.decode("utf-8-sig"), facts)
    except UnicodeDecodeError:
        _end(f"{path}: neither a picture nor text in UTF-8", 2)
    except PictureError as error:
        _end(f"{path}: {error.message}", 1)
    except EngineUnavailable as error:
        _end(str(error), 1)


def _answered(chart: "Chart", girths: str | None) -> "Chart":
    """The chart with a person's answer where it does not say what its girths are."""
    if girths is None:
        return chart
    sections = {
        name: replace(section, measure=girths) if section.measure == "unknown" else section
        for name, section in chart.sections.items()
    }
    return replace(chart, sections=sections)


def _show(table: "Table", chart: "Chart", advice: "Advice", count: int) -> None:
    from rich.console import Console
    from rich.table import Table as Shown

    from inference.engines.fit.rules.words import sentence

    out = Console(highlight=False)
    title = f"{table.kind} measures, {table.unit}" + (f" (the first of {count} tables)" if count > 1 else "")
    grid = Shown("size", *(f"{name}\n{column.header}" for name, column in table.columns.items()), title=title)
    for size in table.sizes:
        cells = [_cell(column.cells.get(size)) for column in table.columns.values()]
        grid.add_row(f"[bold]{size}[/]" if size == advice.size else size, *cells)
    out.print(grid)
    for question in table.questions:
        if question.code != "unclear_cell":
            out.print(f"Unclear: {question.code.replace('_', ' ')} ({question.about})", markup=False)
    if advice.refused is not None:
        cure = _CURES.get(advice.refused)
        near = f"; the nearest is {advice.nearest}" if advice.nearest else ""
        about = f" ({advice.field})" if advice.field else ""
        out.print(f"No size: {advice.refused}{about}{near}" + (f": {cure}" if cure else ""), markup=False)
        return
    either = f" (between {' and '.join(advice.between)})" if advice.between else ""
    out.print(f"[bold]{advice.size}[/]{either}, confidence {advice.confidence}")
    for line in sentence(advice, chart):
        out.print(line, markup=False)
    out.print("A picture of the try-on does not show fit.")


def _cell(cell: Any) -> str:
    if cell is None:
        return "-"
    value = cell.value
    text = f"{value[0]:g}-{value[1]:g}" if isinstance(value, tuple) else f"{value:g}"
    return text if cell.confidence >= 0.9 else f"{text} ?"


def _end(message: str, code: int) -> NoReturn:
    typer.echo(f"proteus fit: {message}", err=True)
    raise typer.Exit(code)
