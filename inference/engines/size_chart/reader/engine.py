"""The chart reader as an engine."""

import importlib.util
from collections.abc import Hashable, Sequence

from inference.engine import EngineInfo, Progress
from inference.engines.size_chart.reader.read import read
from inference.errors import PictureError
from inference.ocr.lines import load
from inference.options import CpuOptions
from inference.tasks.size_chart import ChartReading, ChartSource

_MEMORY_MB = 500


class ChartReader:
    """Pictures by RapidOCR, whose models ship in its package; text and HTML as they are."""

    info = EngineInfo("reader", "Apache-2.0", "open", device="cpu", memory_mb=_MEMORY_MB)

    def __init__(self, threads: int | None) -> None:
        self._threads = threads

    def load(self) -> None:
        """Raises EngineUnavailable where the OCR package is missing."""
        load(self._threads)

    def example(self) -> ChartSource:
        """A chart of two sizes."""
        return ChartSource(text="Body measurements in cm\nSize;Chest\nS;88-92\nM;92-96\n")

    def bucket(self, _source: ChartSource, /) -> Hashable:
        """One after the other in any case."""
        return "any"

    def run(
        self, batch: Sequence[ChartSource], progress: Progress, /
    ) -> Sequence[ChartReading | PictureError]:
        """What each holds, in order. Those that were cancelled meanwhile are not read."""
        found: list[ChartReading | PictureError] = []
        gone = progress(0.0)
        for index, source in enumerate(batch):
            found.append(ChartReading(()) if index in gone else _read(source, self._threads))
            gone = progress((index + 1) / len(batch))
        return found


def _read(source: ChartSource, threads: int | None) -> ChartReading | PictureError:
    try:
        return read(source, threads)
    except PictureError as error:
        return error


OPTIONS = CpuOptions


def create(options: CpuOptions) -> ChartReader:
    """An engine, not loaded."""
    return ChartReader(options.cpu_threads)


def available(_options: CpuOptions) -> str | None:
    """None when the OCR package is there."""
    missing = [name for name in ("rapidocr", "onnxruntime") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None
