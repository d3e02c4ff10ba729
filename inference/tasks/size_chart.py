"""Reading a size chart: a picture or text in; tables, and questions where a person must decide, out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from inference.tasks.fit import Chart, Section, Value

#: Left, top, right, bottom, in pixels of the picture.
Box = tuple[float, float, float, float]
QuestionCode = Literal[
    "unit", "body_or_garment", "flat_or_girth", "unclear_cell", "unknown_header", "size_labels"
]


@dataclass(frozen=True)
class Word:
    """Some text with how sure its reader was (0 to 1), and where it stood in a picture, if it did."""

    text: str
    score: float = 1.0
    box: Box | None = None


@dataclass(frozen=True)
class Grid:
    """Words in rows of equal length, empty where nothing stood, and the words above, below and beside them."""

    rows: tuple[tuple[Word, ...], ...]
    around: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A value in its table's unit, how sure it is (0 to 1; below 0.9 a person should look), and where it stood."""

    value: Value
    confidence: float
    box: Box | None = None


@dataclass(frozen=True)
class Column:
    """One measure over the sizes. ``measure`` is ``body``, ``flat``, ``girth``, ``length`` or ``unknown``."""

    header: str
    measure: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Question:
    """What nobody should guess: a stable code, what it is about, and the answers to choose from."""

    code: QuestionCode
    about: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One chart. ``kind`` is ``body`` or ``garment``; ``labels`` are other names of the sizes, by column header."""

    kind: str
    unit: str
    sizes: tuple[str, ...]
    columns: Mapping[str, Column]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()


def as_chart(table: Table) -> Chart:
    """The table as the fit rules take it, nobody having confirmed it yet."""
    return Chart(
        kind=table.kind,
        unit=table.unit,
        sizes=table.sizes,
        sections={
            name: Section(
                column.measure,
                {size: cell.value for size, cell in column.cells.items()},
                {size: cell.confidence for size, cell in column.cells.items()},
            )
            for name, column in table.columns.items()
        },
    )
