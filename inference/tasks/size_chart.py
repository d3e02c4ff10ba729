"""Reading a size chart: a picture or text in; tables, and questions where a person must decide, out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from PIL import Image

from inference.tasks.fit import Chart, Section
from schemas.jobs.size_chart import Box, ChartKind, QuestionCode, Unit, Value


@dataclass(frozen=True)
class Facts:
    """What is known of a chart beforehand. ``system`` is the header of the labels that name the sizes, such as EU."""

    kind: ChartKind | None = None
    unit: Unit | None = None
    system: str | None = None


@dataclass(frozen=True)
class ChartSource:
    """What to read: one of a picture, text (delimited, or lines that name sizes) and HTML."""

    picture: Image.Image | None = None
    text: str | None = None
    html: str | None = None
    facts: Facts = Facts()


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


@dataclass(frozen=True)
class ChartReading:
    """The tables of a source in reading order, and what it says its cloth is made of. One of the two is there.

    ``size`` is the width and height, in pixels, of the picture that the boxes lie in.
    """

    tables: tuple[Table, ...]
    composition: str | None = None
    size: tuple[int, int] | None = None


def settled(table: Table) -> Table:
    """The table without guesses: what is still asked is unknown."""
    asked = {question.code for question in table.questions}
    if "unit" in asked:
        table = replace(table, unit="unknown")
    if "body_or_garment" in asked:
        unknown = {name: replace(column, measure="unknown") for name, column in table.columns.items()}
        table = replace(table, kind="unknown", columns=unknown)
    return table


def as_chart(table: Table) -> Chart:
    """The table as the fit rules take it, nobody having confirmed it yet."""
    table = settled(table)
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
