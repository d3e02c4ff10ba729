"""How the CPU engines do over many pairs: `python -m benchmarks.quality.preview [PAIRS]`.

PAIRS is a text file with a pair a line: person, garment and part, paths from the file's folder. Without it every sample
garment is tried on every sample person. Each engine has a process and one thread of its own. Prints how many pairs were
refused and doubted, what the checks of results measure, CPU seconds of the engine alone, and its process's peak memory,
which the checks' own is part of.
"""

import io
import itertools
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.quality.thresholds import GARMENTS, PEOPLE, SAMPLES, dressed, sample
from inference.engine import Engine, TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.puppet.engine import PuppetEngine
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.pictures import decode, encode_jpeg, encode_thumbnail
from inference.quality.inspect import inspect
from inference.quality.thresholds import limits
from inference.tasks.quality import Tried
from inference.threads import limit_threads
from schemas.jobs.try_on import GarmentPart, TryOnParams

ENGINES: Mapping[str, Callable[[], Engine[TryOnItem, TryOnPicture]]] = {
    "puppet": PuppetEngine,
    "warp": partial(WarpEngine, 1),
}
LARGE = (3000, 4000)
ROUNDS = 5
CHECKS = {
    "outside": "changed away from the person, share",
    "face": "face changed, levels of 255",
    "old_garment": "old garment still seen, share",
    "colour": "worn in none of the garment's colours, share",
    "pose": "joints moved, torso lengths",
}


@dataclass(frozen=True)
class TryOnPair:
    """Two pictures' files, and what the second one is."""

    person: Path
    garment: Path
    part: GarmentPart


@dataclass
class Outcomes:
    """What came of an engine's pairs; ``values`` by check, ``peak`` in bytes."""

    pairs: int = 0
    refused: int = 0
    doubted: int = 0
    seconds: list[float] = field(default_factory=list)
    values: dict[str, list[float]] = field(default_factory=dict)
    peak: int = 0
    large: float = 0.0  # CPU seconds of a photo of 12 megapixels, decoded, dressed and encoded


def main() -> int:
    pairs = _listed(Path(sys.argv[1])) if len(sys.argv) > 1 else _samples()
    found = {}
    for name in ENGINES:  # one after the other: beside each other they would take each other's cores
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
            found[name] = own.submit(measure, name, pairs).result()
    sys.stdout.write(table(found))
    return 0


def measure(name: str, pairs: Sequence[TryOnPair]) -> Outcomes:
    """The engine's outcomes with all pairs, in a process where nothing else ran."""
    limit_threads(1)
    engine = ENGINES[name]()
    engine.load()
    found = Outcomes(len(pairs))
    for pair in pairs:
        person, garment = (Image.open(path).convert("RGB") for path in (pair.person, pair.garment))
        began = time.process_time()
        outcome = engine.run([TryOnItem(person, garment, TryOnParams(garment=pair.part))], no_progress)[0]
        found.seconds.append(time.process_time() - began)
        if isinstance(outcome, Exception):
            found.refused += 1
            continue
        found.doubted += bool(outcome.doubts)
        for check in inspect(
            Tried(person, garment, outcome.image, pair.part, name), analyst(1), reader()
        ).checks:
            if check.value is not None:
                found.values.setdefault(check.name, []).append(check.value)
    found.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    found.large = float(np.median([_large(engine, number) for number in range(ROUNDS)]))
    return found


def _large(engine: Engine[TryOnItem, TryOnPicture], number: int) -> float:
    """CPU seconds from two files to one, of a photo of 12 megapixels; neither it nor the garment was seen before."""
    files = []
    for picture in (sample("people/kofi").resize(LARGE), sample("garments/tshirt")):
        picture.putpixel((0, 0), (40 * number, 0, 0))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=95)
        files.append(file.getvalue())
    began = time.process_time()
    result = dressed(engine, decode(files[0]), decode(files[1]), "upper")
    encode_jpeg(result)
    encode_thumbnail(result)
    return time.process_time() - began


def table(found: dict[str, Outcomes]) -> str:
    """Markdown, a column an engine; of each check the median, the 95th percentile, and how often it doubts."""
    lines = [f"| | {' | '.join(f'`{name}`' for name in found)} |", f"|---|{'---|' * len(found)}"]

    def row(title: str, cells: list[str]) -> None:
        lines.append(f"| {title} | {' | '.join(cells)} |")

    each = found.values()
    row("pairs", [f"{one.pairs}" for one in each])
    row("refused", [f"{one.refused}" for one in each])
    row("shown with a doubt", [f"{one.doubted}" for one in each])
    for check, title in CHECKS.items():
        row(
            title,
            [_spread(one.values.get(check, []), limits(name)[check].retry) for name, one in found.items()],
        )
    for title, share in (("CPU seconds, median", 50), ("95th percentile", 95)):
        row(title, [f"{np.percentile(one.seconds, share):.2f}" for one in each])
    row("a 12-megapixel photo, from file to file, median of 5", [f"{one.large:.2f}" for one in each])
    row("peak memory, MB", [f"{one.peak / 1e6:.0f}" for one in each])
    return "\n".join(lines) + "\n"


def _spread(values: list[float], most: float) -> str:
    if not values:
        return "-"
    doubted = sum(value >= most for value in values)
    return f"{np.median(values):.3f}, {np.percentile(values, 95):.3f}, {doubted} of {len(values)}"


def _samples() -> list[TryOnPair]:
    return [
        TryOnPair(SAMPLES / "people" / f"{who}.jpg", SAMPLES / "garments" / f"{what}.jpg", GarmentPart(part))
        for who, (what, part) in itertools.product(PEOPLE, GARMENTS.items())
    ]


def _listed(path: Path) -> list[TryOnPair]:
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    return [TryOnPair(path.parent / who, path.parent / what, GarmentPart(part)) for who, what, part in rows]


if __name__ == "__main__":
    sys.exit(main())
