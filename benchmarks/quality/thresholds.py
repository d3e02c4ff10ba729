"""Where the thresholds of checks lie between good results and spoilt ones: `python -m benchmarks.quality.thresholds`.

Tries every sample garment, the T-shirt with words on it, on every sample person with each CPU engine, spoils results in
thirteen ways, and prints per engine and check the largest value of good results, the threshold, and the smallest value
of those results that the check has to see; then how many were caught, and how many good ones were doubted.
"""

import itertools
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.quality.spoil import SPOILT, Case, lettered
from inference.engine import Engine, TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.puppet.engine import PuppetEngine
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.quality.thresholds import limits
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"
PEOPLE = ("kofi", "ada", "mei")
GARMENTS = {"tshirt": "upper", "striped": "upper", "dress": "overall", "trousers": "lower"}
_BAD = ("retry", "reject")


def sample(name: str) -> Image.Image:
    """RGB, of the samples."""
    return Image.open(SAMPLES / f"{name}.jpg").convert("RGB")


def dressed(
    engine: Engine[TryOnItem, TryOnPicture], person: Image.Image, garment: Image.Image, part: str
) -> Image.Image:
    """The engine's result. Raises its PictureError."""
    item = TryOnItem(person, garment, TryOnParams(garment=GarmentPart(part)))
    outcome = engine.run([item], no_progress)[0]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome.image


def main() -> int:
    """1 when fewer than 12 of 13 were caught anywhere, or more than 3 % of good ones were doubted."""
    good_enough = True
    for engine in (WarpEngine(), PuppetEngine()):
        engine.load()
        good_enough &= _measure(engine)
    return 0 if good_enough else 1


def _measure(engine: Engine[TryOnItem, TryOnPicture]) -> bool:
    good: list[Inspected] = []
    spoilt: dict[str, list[Inspected]] = {name: [] for name in SPOILT}
    name = engine.info.name
    for who, (what, part) in itertools.product(PEOPLE, GARMENTS.items()):
        person, garment = sample(f"people/{who}"), sample(f"garments/{what}")
        if what == "tshirt":
            garment = lettered(garment)
        result = dressed(engine, person, garment, part)
        tried = Tried(person, garment, result, GarmentPart(part), name)
        good.append(inspect(tried, analyst(), reader()))
        if what != "tshirt":
            continue
        body = analyst().look(np.asarray(person))
        assert body is not None
        turned = dressed(engine, person, ImageOps.mirror(garment), part)
        other = sample(f"people/{PEOPLE[PEOPLE.index(who) - 1]}")
        case = Case(*(np.asarray(each) for each in (person, other, garment, result, turned)), body)
        for how, (spoil, _) in SPOILT.items():
            made = Tried(person, garment, Image.fromarray(spoil(case)), GarmentPart(part), name)
            spoilt[how].append(inspect(made, analyst(), reader()))
    return _tell(name, good, spoilt)


def _tell(engine: str, good: list[Inspected], spoilt: dict[str, list[Inspected]]) -> bool:
    say = sys.stdout.write
    say(f"{engine}: {len(good)} good results, {sum(map(len, spoilt.values()))} spoilt ones\n")
    for check, limit in limits(engine).items():
        fine = _values(good, check)
        seen = [
            value for how, (_, by) in SPOILT.items() if by == check for value in _values(spoilt[how], check)
        ]
        low = f"{min(seen):.3g}" if seen else "-"
        say(f"  {check:12} good <= {max(fine, default=0):.3g}  retry {limit.retry:g}  spoilt >= {low}\n")
    caught = {how: sum(one.verdict in _BAD for one in found) / len(found) for how, found in spoilt.items()}
    alarms = sum(one.verdict in _BAD for one in good) / len(good)
    missed = [how for how, share in caught.items() if share < 1]
    say(
        f"  caught {len(caught) - len(missed)} of {len(caught)} kinds each time; missed: {missed or 'none'}\n"
    )
    say(f"  false alarms {100 * alarms:.0f} %\n")
    return len(missed) <= 1 and alarms <= 0.03


def _values(found: list[Inspected], check: str) -> list[float]:
    return [one.value for each in found for one in each.checks if one.name == check and one.value is not None]


if __name__ == "__main__":
    sys.exit(main())
