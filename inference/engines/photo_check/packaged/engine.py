"""Photos looked at one after the other, on the CPU, with the networks that try-ons look with."""

from collections.abc import Hashable, Sequence

from PIL import Image

from inference.check.checker import checker
from inference.engine import EngineInfo, Progress
from inference.options import CpuOptions
from inference.tasks.photo_check import Photo, Report
from inference.threads import limit_threads
from inference.weights.packaged import missing


class PackagedCheck:
    """Reports on photos."""

    def __init__(self, cpu_threads: int | None = None) -> None:
        self._cpu_threads = cpu_threads
        self.info = EngineInfo("packaged", "Apache-2.0", "open", device="cpu", memory_mb=300)

    def load(self) -> None:
        """Raises EngineUnavailable."""
        limit_threads(self._cpu_threads)
        checker(self._cpu_threads)

    def example(self) -> Photo:
        """A plain grey picture, of nobody."""
        return Photo(Image.new("RGB", (96, 128), "#9a9a9a"), "person")

    def bucket(self, _photo: Photo, /) -> Hashable:
        """A batch shares the networks."""
        return "any"

    def run(self, batch: Sequence[Photo], progress: Progress, /) -> Sequence[Report]:
        """A report on each, in order."""
        found = []
        for number, photo in enumerate(batch, start=1):
            found.append(checker(self._cpu_threads).check(photo))
            progress(number / len(batch))
        return found


OPTIONS = CpuOptions


def create(options: CpuOptions) -> PackagedCheck:
    """The engine with its share of the cores."""
    return PackagedCheck(options.cpu_threads)


def available(_options: CpuOptions) -> str | None:
    """None when its networks are installed, else which is not."""
    return missing()
