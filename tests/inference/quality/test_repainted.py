"""A good result is not doubted for how an engine that repaints takes a photo in and gives it back."""

from pathlib import Path

from PIL import Image

from benchmarks.quality.repainted import repainted
from benchmarks.quality.spoil import lettered
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.quality import Tried
from schemas.jobs.try_on import GarmentPart

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


def test_a_good_result_passes_by_every_engines_sizes_and_thresholds():
    person = Image.open(SAMPLES / "people/kofi.jpg").convert("RGB")
    garment = lettered(Image.open(SAMPLES / "garments/tshirt.jpg").convert("RGB"))
    warp = WarpEngine(cpu_threads=1)
    warp.load()
    good = warp.run([TryOnItem(person, garment)], no_progress)[0]
    assert isinstance(good, TryOnPicture), good
    engines = set()
    for engine, result in repainted(person, garment, GarmentPart.UPPER, good.image):
        engines.add(engine)
        found = inspect(Tried(person, garment, result, engine=engine), analyst(1), reader())
        doubted = {check.name: check.value for check in found.checks if check.verdict in ("retry", "reject")}
        assert (engine, doubted) == (engine, {}) and found.verdict == "pass"
    assert engines == {"catvton", "catvton_flux", "fashn", "klein", "qwen_edit"}
