"""How often a good result of an engine that repaints is doubted: `python -m benchmarks.quality.repainted`.

Without its weights nobody has such an engine's own results. What can be measured is its way with pictures: a good
result of the preview stands for what its network would have made, goes through the engine's own steps before and after
it (window, bucket, mask, the person's own pixels back) at each of its sizes, and is inspected with its thresholds. What
a network and its VAE add to that is not in it.
"""

import itertools
import sys
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from PIL import Image

from benchmarks.quality.spoil import lettered
from benchmarks.quality.thresholds import GARMENTS, PEOPLE, dressed, sample
from inference.engine import TryOnItem
from inference.engines.tryon import frames
from inference.engines.tryon.catvton.engine import SIZES
from inference.engines.tryon.fashn import pictures as fashn
from inference.engines.tryon.fashn.canvas import fit, limit
from inference.engines.tryon.fashn.network.transformer import Shape
from inference.engines.tryon.fashn.people import People
from inference.engines.tryon.pipelines.region import Painters
from inference.engines.tryon.pipelines.sizes import working_size
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.try_on import GarmentPart, TryOnParams

MOST = 0.03  # of good results may be doubted
_MULTIPLE = 16  # of which klein's and Qwen's sides are


def main() -> int:
    """1 when more than `MOST` of any engine's were doubted."""
    warp = WarpEngine()
    warp.load()
    found: dict[str, list[Inspected]] = {}
    for who, (what, part) in itertools.product(PEOPLE, GARMENTS.items()):
        person, garment = sample(f"people/{who}"), sample(f"garments/{what}")
        if what == "tshirt":
            garment = lettered(garment)
        good = dressed(warp, person, garment, part)
        for engine, result in repainted(person, garment, GarmentPart(part), good):
            tried = Tried(person, garment, result, GarmentPart(part), engine)
            found.setdefault(engine, []).append(inspect(tried, analyst(), reader()))
    say = sys.stdout.write
    say("| engine | good results | doubted | by |\n|---|---|---|---|\n")
    alarms = False
    for engine, each in found.items():
        doubted = [one for one in each if one.verdict not in ("pass", "skipped")]
        by = {check.name for one in doubted for check in one.checks if check.verdict in ("retry", "reject")}
        say(f"| `{engine}` | {len(each)} | {len(doubted)} | {', '.join(sorted(by)) or '-'} |\n")
        alarms |= len(doubted) > MOST * len(each)
    return int(alarms)


def repainted(
    person: Image.Image, garment: Image.Image, part: GarmentPart, good: Image.Image
) -> Iterator[tuple[str, Image.Image]]:
    """Each engine's name with ``good``, a picture of the person's size, as that engine would have given it back."""
    mask = _painters().paintable(person, part)
    free = working_size(person.size, _MULTIPLE, None)
    for engine, masks, sizes in (
        ("catvton", (None, mask), SIZES),
        ("catvton_flux", (mask,), SIZES),
        ("klein", (None, mask), (free,)),
        ("qwen_edit", (None,), (free,)),
    ):
        for region, (height, width) in itertools.product(masks, sizes):
            frame, made = (frames.put_in(picture, width, height) for picture in (person, good))
            for own in (True, False) if region is None else (True,):
                yield engine, frames.take_out(frame, made.picture, region, own_pixels=own)
    canvas = Shape().height, Shape().width
    for own in (True, False):
        params = TryOnParams(garment=part, photo_type="flat_lay", own_pixels=own)
        row = fashn.prepare(TryOnItem(person, garment, params), People(analyst().look), canvas)
        made = fit(limit(good.crop(row.window), max(canvas)), canvas).pixels
        yield "fashn", fashn.take_out(row, np.asarray(made))


@lru_cache(maxsize=1)
def _painters() -> Painters:
    painters = Painters(None)
    painters.load()
    return painters


if __name__ == "__main__":
    sys.exit(main())
