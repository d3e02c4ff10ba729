"""Size charts and fit cases with known answers: right, wrong, asked. `proteus bench charts` and `proteus bench fit`.

Somewhere in a folder of charts ``X.truth.json`` lies beside each picture, HTML, CSV or text; one of fit cases holds
``fit_cases.json``.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from inference.engines.fit.rules import cases
from inference.engines.size_chart.reader.read import read_picture, read_text
from inference.errors import PictureError
from inference.ocr.lines import load
from inference.pictures import decode, on_white, sniff
from inference.tasks.size_chart import Cell, Column, Table
from schemas.jobs.size_chart import Value

#: A value is right within so much, in the unit that the chart prints.
_NEAR = 0.05
_SURE_FROM = 0.9
#: Of the networks: a second one spends as much on waiting for the first.
_THREADS = 1
#: So often cases are answered for a figure of it.
_ROUNDS = 10
#: What passes: the share of cells that are right, or stand below a header that is asked for.
CELLS_RIGHT = 0.99


@dataclass
class Tally:
    """Cells and facts of a set of charts.

    ``cells_asked`` were read, but nobody knows the header above them; ``silent`` are wrong cells that nobody would have
    been asked about; ``seconds`` are of processor time.
    """

    right: int = 0
    cells_asked: int = 0
    wrong: int = 0
    silent: int = 0
    facts: int = 0
    asked: int = 0
    facts_wrong: int = 0
    told: list[str] = field(default_factory=list)
    charts: int = 0
    seconds: float = 0.0

    def passes(self, share: float = CELLS_RIGHT) -> bool:
        """Whether so many cells are right or asked, no fact is wrong, and every wrong cell is flagged."""
        known = self.right + self.cells_asked
        return not self.silent and not self.facts_wrong and known >= share * (known + self.wrong)


def measure_charts(folder: Path) -> Tally:
    """Reads every chart in a folder and compares it with its truth. Raises FileNotFoundError where there is none."""
    tally = Tally()
    truths = sorted(folder.rglob("*.truth.json"))
    if not truths:
        raise FileNotFoundError(f"{folder} holds no chart with its truth, X.truth.json")
    load(_THREADS)  # its seconds are no chart's
    for truth_file in truths:
        truth = json.loads(truth_file.read_text(encoding="utf-8"))
        source = next(
            path
            for path in truth_file.parent.glob(truth_file.name.removesuffix(".truth.json") + ".*")
            if path != truth_file
        )
        began = time.process_time()
        tables = _read(source)
        tally.seconds += time.process_time() - began
        tally.charts += 1
        for index, wanted in enumerate(truth["tables"]):
            _compare(source.name, wanted, tables[index] if index < len(tables) else None, tally)
    return tally


def measure_fit(folder: Path) -> tuple[int, list[str], float]:
    """How many fit cases there are, a line for each answered otherwise, and how many a core answers a second."""
    found = cases.load(folder)
    told = [f"{case['id']}: {line}" for case in found for line in cases.differences(case)]
    began = time.process_time()
    for _ in range(_ROUNDS):
        for case in found:
            cases.answer(case)
    return len(found), told, _ROUNDS * len(found) / max(time.process_time() - began, 1e-9)


def _read(path: Path) -> list[Table]:
    data = path.read_bytes()
    try:
        if sniff(data) is not None:
            return read_picture(np.asarray(on_white(decode(data))), threads=_THREADS)
        return read_text(data.decode("utf-8-sig"))
    except PictureError:
        return []


def _compare(name: str, wanted: Mapping[str, Any], table: Table | None, tally: Tally) -> None:
    asked = {question.code for question in table.questions} if table else set()
    unknown = "unknown_header" in asked
    for fact, code in (("kind", "body_or_garment"), ("unit", "unit")):
        _fact(tally, f"{name}: {fact}", table and getattr(table, fact), wanted[fact], asked=code in asked)
    for section, column in wanted["sections"].items():
        found = _column(table, section)
        said = found.measure if found else None
        _fact(tally, f"{name}: {section}", said, column["measure"], asked=unknown or "flat_or_girth" in asked)
        for size, value in column["values"].items():
            cell = _cell(found, size) if found else None
            if cell is not None and _same(cell.value, value):
                tally.right += 1
                continue
            if any(_same(c.value, value) for c in _unnamed(table, size)):
                tally.cells_asked += 1
                continue
            tally.wrong += 1
            flagged = unknown or (cell is not None and cell.confidence < _SURE_FROM)
            tally.silent += not flagged
            tally.told.append(f"{name}: {section}, {size}: {cell and cell.value} instead of {value}")


def _fact(tally: Tally, name: str, said: Any, wanted: Any, *, asked: bool) -> None:
    if said == wanted:
        tally.facts += 1
    elif asked:
        tally.asked += 1
    else:
        tally.facts_wrong += 1
        tally.told.append(f"{name}: {said} instead of {wanted}")


def _column(table: Table | None, section: str) -> Column | None:
    if table is None:
        return None
    other = {"hem": "leg_opening", "leg_opening": "hem"}.get(section, section)
    return table.columns.get(section) or table.columns.get(other)


def _cell(column: Column, size: str) -> Cell | None:
    return next((cell for label, cell in column.cells.items() if _plain(label) == _plain(size)), None)


def _unnamed(table: Table | None, size: str) -> Iterator[Cell]:
    """Cells of a size in the columns that a person is asked to name."""
    for question in table.questions if table else ():
        column = table.columns.get(question.about) if table else None
        if question.code == "unknown_header" and column and (cell := _cell(column, size)):
            yield cell


def _plain(label: str) -> str:
    """A size's name without the blanks that a machine loses: "L (40)" is "L(40)"."""
    return "".join(label.split()).casefold()


def _same(value: Value, wanted: float | list[float]) -> bool:
    ours, theirs = (list(v) if isinstance(v, (list, tuple)) else [v] for v in (value, wanted))
    return len(ours) == len(theirs) and all(abs(a - b) <= _NEAR for a, b in zip(ours, theirs, strict=True))
