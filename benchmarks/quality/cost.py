"""What looking at a try-on's photos and at its result costs: `python -m benchmarks.quality.cost`.

Each pair is made twice by the preview engine, once as with `check: off` and once with both looks, of photos that nobody
has looked at before. In CPU seconds of this process, so that other work on the machine hardly counts.
"""

import sys
import time

import cv2
from PIL import Image

from benchmarks.quality.thresholds import dressed, sample
from inference.check.checker import checker
from inference.engines.tryon.warp.engine import WarpEngine
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.photo_check import Photo
from inference.tasks.quality import Tried
from schemas.jobs.try_on import GarmentPart

PAIRS = (("kofi", "tshirt", "upper"), ("ada", "dress", "overall"), ("mei", "trousers", "lower"))
MOST = 0.2  # of the unchecked time


def main() -> int:
    """1 when the looks take more than a fifth of the try-on's own time."""
    cv2.setNumThreads(1)
    engine = WarpEngine(cpu_threads=1)
    engine.load()
    say = sys.stdout.write
    say("| pair | unchecked, CPU s | checked, CPU s | more |\n|---|---|---|---|\n")
    before = after = 0.0
    for number, (who, what, part) in enumerate((PAIRS[0], *PAIRS)):
        unchecked = _timed(engine, who, what, part, 2 * number, checked=False)
        checked = _timed(engine, who, what, part, 2 * number + 1, checked=True)
        if number == 0:  # everything is loaded now
            continue
        say(f"| {who}, {what} | {unchecked:.2f} | {checked:.2f} | {checked / unchecked - 1:.0%} |\n")
        before, after = before + unchecked, after + checked
    say(f"| all | {before:.2f} | {after:.2f} | {after / before - 1:.0%} |\n")
    return int(after > (1 + MOST) * before)


def _timed(engine: WarpEngine, who: str, what: str, part: str, number: int, *, checked: bool) -> float:
    person, garment = _unseen(sample(f"people/{who}"), number), _unseen(sample(f"garments/{what}"), number)
    worn = GarmentPart(part)
    began = time.process_time()
    if checked:
        checker(1).check(Photo(person, "person", worn))
        checker(1).check(Photo(garment, "garment", worn))
    result = dressed(engine, person, garment, part)
    if checked:
        inspect(Tried(person, garment, result, worn, "warp"), analyst())
    return time.process_time() - began


def _unseen(picture: Image.Image, number: int) -> Image.Image:
    """The same but for one pixel, so that nothing is known of it."""
    picture.putpixel((0, 0), (number, number, number))
    return picture


if __name__ == "__main__":
    sys.exit(main())
