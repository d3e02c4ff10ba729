"""Size chart: a picture or text in; tables, questions and the cloth's composition out. Writes no object."""

from collections.abc import Mapping
from typing import Any

from inference.tasks.size_chart import Cell, ChartReading, ChartSource, Facts, Table, settled
from schemas.jobs.size_chart import (
    SPEC,
    ChartCell,
    ChartColumn,
    ChartLabels,
    ChartQuestion,
    ChartTable,
    SizeChartRequest,
)
from schemas.policy import WeaverPolicy
from services.worker.kinds.base import Fetch, JobHandler


async def prepare(request: SizeChartRequest, fetch: Fetch, _policy: WeaverPolicy) -> ChartSource:
    """The picture, or the text."""
    picture = await fetch(request.key, "picture of the chart") if request.key is not None else None
    facts = Facts(request.kind, request.unit, request.system)
    return ChartSource(picture, request.text, request.html, facts)


def finish(reading: ChartReading, _keys: Mapping[str, str]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Tables with what is certain, and what a person has to decide."""
    questions = [
        ChartQuestion(code=one.code, about=one.about, choices=list(one.choices), table=index)
        for index, table in enumerate(reading.tables)
        for one in table.questions
    ]
    return {}, {
        "tables": [_shown(settled(table), reading.size) for table in reading.tables],
        "questions": questions,
        "composition": reading.composition,
    }


def _shown(table: Table, size: tuple[int, int] | None) -> ChartTable:
    columns = table.columns.items()
    girths = {column.measure for column in table.columns.values()} & {"flat", "girth", "unknown"}
    cells = [cell for column in table.columns.values() for cell in column.cells.values()]
    return ChartTable(
        kind=table.kind,
        unit=table.unit,
        flat=girths == {"flat"} if len(girths) == 1 and girths != {"unknown"} else None,
        sizes=list(table.sizes),
        columns=[ChartColumn(name=name, header=one.header, measure=one.measure) for name, one in columns],
        rows=[[_cell(column.cells.get(size)) for _, column in columns] for size in table.sizes],
        labels=[
            ChartLabels(header=header, names=[names.get(size, "") for size in table.sizes])
            for header, names in table.labels.items()
        ],
        confidence=min((cell.confidence for cell in cells), default=None),
        picture_size=size,
    )


def _cell(cell: Cell | None) -> ChartCell | None:
    if cell is None:
        return None
    box = None if cell.box is None else (*(round(edge, 1) for edge in cell.box),)
    return ChartCell(value=cell.value, confidence=cell.confidence, box=box)


HANDLER = JobHandler(SPEC, prepare, finish)
