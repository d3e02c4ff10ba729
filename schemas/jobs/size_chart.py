"""Size chart: a picture or text in; tables, and questions where a person must decide, out."""

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from schemas.api.base import RequestBody
from schemas.bounds import NO_NUL, Real
from schemas.documents.json_schema import exactly_one
from schemas.jobs.base import Input, JobRequest, JobResult, JobSpec, Message
from schemas.objects import Key
from schemas.pools import FITTER

#: A chart has far fewer; more is another kind of table.
MAX_TABLES, MAX_SIZES, MAX_COLUMNS, MAX_CELLS = 20, 100, 60, 2000
#: Characters of a size's name, of a header, and of all the text that may hold a chart. A result with a question about
#: each cell fits into a message of NATS.
MAX_LABEL, MAX_HEADER, MAX_TEXT = 30, 60, 60_000

ChartKind = Literal["body", "garment"]
Unit = Literal["cm", "in"]
#: What a column gives: a body's measure, half of a girth or a whole one, a length of cloth.
ColumnMeasure = Literal["body", "flat", "girth", "length", "unknown"]
QuestionCode = Literal[
    "unit", "body_or_garment", "flat_or_girth", "unclear_cell", "unknown_header", "size_labels"
]
#: One value, or the low and the high end of a range.
Value = float | tuple[float, float]
#: Left, top, right, bottom, in pixels of the picture as it was read.
Box = tuple[float, float, float, float]

Label = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LABEL, pattern=NO_NUL)]
Header = Annotated[str, StringConstraints(max_length=MAX_HEADER, pattern=NO_NUL)]
Number = Annotated[Real, Field(ge=0, lt=100_000)]
Share = Annotated[Real, Field(ge=0, le=1)]
Pixels = Annotated[int, Field(ge=1, le=100_000, strict=True)]
ChartText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=NO_NUL)]


class ChartCell(Message):
    """A value in its table's unit."""

    value: Number | tuple[Number, Number] = Field(description="Or the low and the high end of a range.")
    confidence: Share | None = Field(
        None, description="How surely it was read: below 0.9 a person should look. Null: a person typed it."
    )
    box: tuple[Real, Real, Real, Real] | None = Field(
        None, description="Where it stands: left, top, right, bottom, in pixels of `picture_size`."
    )


class ChartColumn(Message):
    """One measure over the sizes."""

    name: Header = Field(min_length=1, examples=["chest"], description="Of the measure, in English.")
    header: Header = Field("", description="As printed.")
    measure: ColumnMeasure = Field(
        "unknown",
        description="A body's own measure; half of a girth (flat) or a whole one; a length; or unknown.",
    )


class ChartLabels(Message):
    """Other names of the sizes, such as those of another country, one a size."""

    header: Header = Field(description="As printed.")
    names: list[Header] = Field(max_length=MAX_SIZES, description="In the order of the sizes.")


class ChartTable(Message):
    """One chart: a row a size, a cell a column. What is unknown is asked for, and names no size."""

    kind: ChartKind | Literal["unknown"] = Field(
        description="Whose measures it gives: the body's that a size is for, or the garment's own."
    )
    unit: Unit | Literal["unknown"] = Field(description="Of its values.")
    flat: bool | None = Field(
        None,
        strict=True,
        description="Whether its girths are halves, laid flat; null where they differ or it is unknown.",
    )
    sizes: list[Label] = Field(max_length=MAX_SIZES, description="As printed.")
    columns: list[ChartColumn] = Field(max_length=MAX_COLUMNS)
    rows: list[Annotated[list[ChartCell | None], Field(max_length=MAX_COLUMNS)]] = Field(max_length=MAX_SIZES)
    labels: list[ChartLabels] = Field(default_factory=list, max_length=MAX_COLUMNS)
    confidence: Share | None = Field(None, description="Of its least certain cell.")
    picture_size: tuple[Pixels, Pixels] | None = Field(
        None,
        description="Width and height that the boxes lie in: the picture's, or less where it was shrunk to be read.",
    )

    @model_validator(mode="after")
    def _regular(self) -> Self:
        if len(self.rows) != len(self.sizes) or any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("rows: there must be one for each size, with a cell or null for each column")
        for what, names in (("sizes", self.sizes), ("columns", [column.name for column in self.columns])):
            twice = [name for name, count in Counter(names).items() if count > 1]
            if twice:
                raise ValueError(f"{what}: {twice[0]!r} is there twice")
        return self


class ChartQuestion(Message):
    """What nobody should guess."""

    code: QuestionCode = Field(description="What is asked.")
    about: Annotated[str, StringConstraints(max_length=MAX_LABEL + MAX_HEADER + 10)] = Field(
        description="A column's header, with the size for a cell, or words."
    )
    choices: list[Header] = Field(
        default_factory=list, max_length=MAX_COLUMNS, description="Empty for free text."
    )
    table: Annotated[int, Field(ge=0, lt=MAX_TABLES)] = Field(0, description="Which table, counted from 0.")


class ChartFacts(RequestBody):
    """What is known of the chart beforehand: it is not asked again."""

    system: Header | None = Field(
        None, examples=["EU"], description="Name sizes by the column of labels that is headed so."
    )
    kind: ChartKind | None = Field(None, description="Whose measures it gives.")
    unit: Unit | None = Field(None, description="Of its values.")


class SizeChartBody(ChartFacts):
    """Of POST /jobs/size_chart: one of a picture's key, text (CSV, too) and HTML."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "size,chest (cm)\nS,88-92\nM,92-96", "kind": "body"}],
            **exactly_one("key", "text", "html"),
        }
    )

    key: Key | None = None
    text: ChartText | None = Field(None, description="The chart as text, or as CSV.")
    html: ChartText | None = Field(None, description="A page that holds it.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.key, self.text, self.html)) != 1:
            raise ValueError("give one of key, text and html")
        return self


class SizeChartRequest(JobRequest):
    """Reads a size chart."""

    job_type: Literal["size_chart"] = "size_chart"
    key: Key | None = Field(None, description="Object key of the chart's picture.")
    text: ChartText | None = None
    html: ChartText | None = None
    system: Header | None = None
    kind: ChartKind | None = None
    unit: Unit | None = None


class SizeChartResult(JobResult):
    """On ``results.{user_id}.{job_id}``."""

    job_type: Literal["size_chart"] = "size_chart"
    tables: list[ChartTable] = Field(default_factory=list, max_length=MAX_TABLES)
    questions: list[ChartQuestion] = Field(
        default_factory=list, max_length=2 * MAX_CELLS, description="Whoever answers them confirms the chart."
    )
    composition: Annotated[str, StringConstraints(max_length=500)] | None = Field(
        None, description="What its cloth is made of, where a care label or the page says so."
    )


SPEC = JobSpec(
    kind="size_chart",
    pool=FITTER,
    description="Size charts, waiting to be read",
    body=SizeChartBody,
    request=SizeChartRequest,
    result=SizeChartResult,
    inputs=(Input("key", "picture of the chart"),),
)
