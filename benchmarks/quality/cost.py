"""What looking at a try-on's photos and at its result costs: `python -m benchmarks.quality.cost`.

Each pair is made by the preview engine as with `check: off` and with both looks, of photos that nobody has looked at
before; the best of some rounds counts. In CPU seconds of this process, so that other work on the machine hardly counts.
"""

import itertools
import sys
import time

import cv2
from PIL import Image

from benchmarks.quality.spoil import lettered
from benchmarks.quality.thresholds import dressed, sample
from inference.check.checker import checker
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.photo_check import Photo
from inference.tasks.quality import Tried
from schemas.jobs.try_on import GarmentPart

LETTERED = "T-shirt with words"
PAIRS = (
    ("kofi", "tshirt", "upper"),
    ("ada", "dress", "overall"),
    ("mei", "trousers", "lower"),
    ("kofi", LETTERED, "upper"),
)
MOST = 0.2  # of the unchecked time
ROUNDS = 2


def main() -> int:
    """1 when the looks take more than a fifth of the try-on's own time."""
    cv2.setNumThreads(1)
    engine = WarpEngine(cpu_threads=1)
    engine.load()
    say = sys.stdout.write
    say("| pair | unchecked, CPU s | checked, CPU s | more |\n|---|---|---|---|\n")
    before = after = 0.0
    numbers = itertools.count()
    _timed(engine, *PAIRS[-1], next(numbers), checked=True)  # everything is loaded now
    for who, what, part in PAIRS:
        unchecked, checked = (
            min(_timed(engine, who, what, part, next(numbers), checked=looks) for _ in range(ROUNDS))
            for looks in (False, True)
        )
        say(f"| {who}, {what} | {unchecked:.2f} | {checked:.2f} | {checked / unchecked - 1:.0%} |\n")
        before, after = before + unchecked, after + checked
    say(f"| all | {before:.2f} | {after:.2f} | {after / before - 1:.0%} |\n")
    return int(after > (1 + MOST) * before)


def _timed(engine: WarpEngine, who: str, what: str, part: str, number: int, *, checked: bool) -> float:
    person, garment = _unseen(sample(f"people/{who}"), number), _unseen(_garment(what, number), number)
    worn = GarmentPart(part)
    began = time.process_time()
    if checked:
        checker(1).check(Photo(person, "person", worn))
        checker(1).check(Photo(garment, "garment", worn))
    result = dressed(engine, person, garment, part)
    if checked:
        inspect(Tried(person, garment, result, worn, "warp"), analyst(), reader())
    return time.process_time() - began


def _garment(what: str, number: int) -> Image.Image:
    """Of the samples; words on it are like no others, so that nobody has read them."""
    if what == LETTERED:
        return lettered(sample("garments/tshirt"), f"NORTH SHORE {number}")
    return sample(f"garments/{what}")


def _unseen(picture: Image.Image, number: int) -> Image.Image:
    """The same but for one pixel, so that nothing is known of it."""
    picture.putpixel((0, 0), (number, number, number))
    return picture


if __name__ == "__main__":
    sys.exit(main())
