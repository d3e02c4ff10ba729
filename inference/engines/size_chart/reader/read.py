"""A size chart in, tables out: what the job kind, the command line and the benchmark call."""

import numpy as np
from numpy.typing import NDArray

from inference.engines.size_chart.reader import ocr
from inference.engines.size_chart.reader.interpret import interpret
from inference.engines.size_chart.reader.rows_and_columns import grid
from inference.engines.size_chart.reader.text import from_text
from inference.errors import PictureError
from inference.tasks.size_chart import Grid, Table

#: A chart has far fewer cells; more is another kind of table, and reading it would take minutes.
MOST_CELLS = 3000


def read_picture(rgb: NDArray[np.uint8]) -> list[Table]:
    """The tables of a picture, (h, w, 3) sRGB. Raises PictureError, and EngineUnavailable without the OCR package."""
    found = grid(ocr.words(rgb))
    return _tables([found] if found else [], "picture")


def read_text(text: str) -> list[Table]:
    """The tables of HTML, of a delimited file, or of lines that each name a size. Raises PictureError."""
    return _tables(from_text(text), "text")


def _tables(grids: list[Grid], what: str) -> list[Table]:
    if any(len(found.rows) * len(found.rows[0]) > MOST_CELLS for found in grids):
        raise PictureError(
            "chart_too_large", f"This {what} has more than {MOST_CELLS} cells: give the chart alone."
        )
    tables = [table for found in grids for table in interpret(found)]
    if not tables:
        cure = "it needs sizes, and measures such as chest or waist"
        raise PictureError("no_size_chart", f"No size chart was found in this {what}: {cure}.")
    return tables
