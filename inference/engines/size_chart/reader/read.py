"""A size chart in, tables out: what the job kind, the command line and the benchmark call."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inference.engines.size_chart.reader import korean, ocr
from inference.engines.size_chart.reader.interpret import interpret
from inference.engines.size_chart.reader.rows_and_columns import Quad, grid, lines
from inference.engines.size_chart.reader.text import from_html, from_text, has_table, lines_of_html
from inference.errors import PictureError
from inference.pictures import on_white
from inference.tasks.size_chart import ChartReading, ChartSource, Facts, Grid, Table, Word
from schemas.jobs.size_chart import MAX_CELLS, MAX_COLUMNS, MAX_SIZES, MAX_TABLES
from schemas.sizing.fabric import composition_in

NO_CHART = "no_size_chart"


def read(source: ChartSource, threads: int | None = None) -> ChartReading:
    """What a picture, text or HTML holds. Raises what reads it, and PictureError where neither is there."""
    size = None
    if source.picture is not None:
        size = source.picture.size
        rgb = np.asarray(on_white(source.picture))
        words = ocr.words(rgb, threads)
        composition = composition_in(lines(words))
        tables = partial(_of_words, rgb, words, source.facts)
    elif source.html is not None:
        composition = composition_in(lines_of_html(source.html))
        tables = partial(_of_html, source.html, source.facts)
    else:
        text = source.text or ""
        composition = composition_in(lines_of_html(text) if has_table(text) else text.splitlines())
        tables = partial(read_text, text, source.facts)
    try:
        return ChartReading(tuple(tables()), composition, size)
    except PictureError as error:
        if composition is None or error.code != NO_CHART:
            raise
        return ChartReading((), composition)


def read_picture(
    rgb: NDArray[np.uint8],
    facts: Facts = Facts(),  # noqa: B008  frozen
    threads: int | None = None,
) -> list[Table]:
    """The tables of a picture, (h, w, 3) sRGB. Raises PictureError, and EngineUnavailable without the OCR package."""
    return _of_words(rgb, ocr.words(rgb, threads), facts)


def _of_words(rgb: NDArray[np.uint8], words: Sequence[tuple[Word, Quad]], facts: Facts) -> list[Table]:
    found = grid(words)
    if found is None:
        return _tables([], "picture", facts)
    tables = interpret(found, facts)
    if not tables or any(_unread(table) for table in tables):
        found = korean.named(rgb, found)
    return _tables([found], "picture", facts)


def _unread(table: Table) -> bool:
    return any(question.code == "unknown_header" for question in table.questions)


def read_text(text: str, facts: Facts = Facts()) -> list[Table]:  # noqa: B008  frozen
    """The tables of HTML, of a delimited file, or of lines that each name a size. Raises PictureError."""
    return _tables(from_text(text), "text", facts)


def _of_html(html: str, facts: Facts) -> list[Table]:
    return _tables(from_html(html), "HTML", facts)


def _tables(grids: list[Grid], what: str, facts: Facts) -> list[Table]:
    if sum(len(found.rows) * len(found.rows[0]) for found in grids) > MAX_CELLS:
        raise _too_large(what, f"more than {MAX_CELLS} cells")
    if any(len(found.rows[0]) > MAX_SIZES + 1 for found in grids):
        raise _too_large(what, f"a table of more than {MAX_SIZES + 1} columns")
    tables = [table for found in grids for table in interpret(found, facts)]
    if not tables:
        cure = "it needs sizes, and measures such as chest or waist"
        raise PictureError(NO_CHART, f"No size chart was found in this {what}: {cure}.")
    if len(tables) > MAX_TABLES:
        raise _too_large(what, f"more than {MAX_TABLES} charts")
    if any(len(table.sizes) > MAX_SIZES or len(table.columns) > MAX_COLUMNS for table in tables):
        raise _too_large(what, f"a chart of more than {MAX_SIZES} sizes or {MAX_COLUMNS} measures")
    return tables


def _too_large(what: str, why: str) -> PictureError:
    return PictureError("chart_too_large", f"This {what} has {why}: give the chart alone.")
