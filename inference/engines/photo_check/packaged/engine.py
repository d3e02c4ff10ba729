"""Photos looked at one after the other, on the CPU, with the networks that try-ons look with."""

from collections.abc import Hashable, Sequence

from PIL import Image

from inference.check.checker import checker
from inference.engine import EngineInfo, Progress
from inference.errors import PictureError
from inference.options import CpuOptions
from inference.tasks.photo_check import Photo, Report
from inference.threads import limit_threads
from inference.weights.packaged import missing


class PackagedCheck:
    """Reports on photos."""

    def __init__(self, cpu_threads: int | None = None, lacking: str | None = None) -> None:
        """``lacking`` says which network is not installed: its worker serves other kinds, still."""
        self._cpu_threads, self._lacking = cpu_threads, lacking
        self.info = EngineInfo("packaged", "Apache-2.0", "open", device="cpu", memory_mb=300)

    def load(self) -> None:
        """Raises EngineUnavailable."""
        limit_threads(self._cpu_threads)
        if self._lacking is None:
            checker(self._cpu_threads)

    def example(self) -> Photo:
        """A plain grey picture, of nobody."""
        return Photo(Image.new("RGB", (96, 128), "#9a9a9a"), "person")

    def bucket(self, _photo: Photo, /) -> Hashable:
        """A batch shares the networks."""
        return "any"

    def run(self, batch: Sequence[Photo], progress: Progress, /) -> Sequence[Report | PictureError]:
        """A report on each, in order."""
        if self._lacking is not None:
            progress(1.0)
            return [PictureError("photo_unchecked", f"No photo can be checked here: {self._lacking}.")] * len(
                batch
            )
        found: list[Report | PictureError] = []
        for number, photo in enumerate(batch, start=1):
            found.append(checker(self._cpu_threads).check(photo))
            progress(number / len(batch))
        return found


OPTIONS = CpuOptions


def create(options: CpuOptions) -> PackagedCheck:
    """The engine with its share of the cores."""
    return PackagedCheck(options.cpu_threads, missing())


def available(_options: CpuOptions) -> str | None:
    """Always: without its networks it says so of each photo."""
    return None
