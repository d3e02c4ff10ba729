"""Results looked at one after the other, on the CPU, with the networks that try-ons look with."""

from collections.abc import Hashable, Sequence

from PIL import Image

from inference.engine import EngineInfo, Progress
from inference.ocr.reader import reader
from inference.options import CpuOptions
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.quality import Inspected, Tried
from inference.threads import limit_threads
from inference.weights.packaged import missing


class PixelQuality:
    """Gives verdicts."""

    def __init__(self, cpu_threads: int | None = None, lacking: str | None = None) -> None:
        """``lacking`` says which network is not installed: its worker serves other kinds, still."""
        self._cpu_threads, self._lacking = cpu_threads, lacking
        self.info = EngineInfo("pixels", "Apache-2.0", "open", device="cpu", memory_mb=450)

    def load(self) -> None:
        """Raises EngineUnavailable."""
        limit_threads(self._cpu_threads)
        if self._lacking is None:
            analyst(self._cpu_threads)

    def example(self) -> Tried:
        """A plain grey picture, of nobody."""
        grey = Image.new("RGB", (96, 128), "#9a9a9a")
        return Tried(grey, grey, grey)

    def bucket(self, _tried: Tried, /) -> Hashable:
        """A batch shares the networks."""
        return "any"

    def run(self, batch: Sequence[Tried], progress: Progress, /) -> Sequence[Inspected]:
        """A verdict on each, in order."""
        if self._lacking is not None:
            progress(1.0)
            return [Inspected("skipped", ())] * len(batch)
        found = []
        for number, tried in enumerate(batch, start=1):
            found.append(inspect(tried, analyst(self._cpu_threads), reader()))
            progress(number / len(batch))
        return found


OPTIONS = CpuOptions


def create(options: CpuOptions) -> PixelQuality:
    """The engine with its share of the cores."""
    return PixelQuality(options.cpu_threads, missing())


def available(_options: CpuOptions) -> str | None:
    """Always: without its networks every verdict is that it was skipped."""
    return None
