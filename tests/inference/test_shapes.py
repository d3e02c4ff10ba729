"""Pictures of strange shapes, or with little in them: an outcome or the picture's own fault, from every engine."""

import io

import numpy as np
import pytest
from engines_told import told
from odd_shapes import SHAPES, drawn, items_of
from PIL import Image

from inference.batcher import Batcher
from inference.engine import EngineInfo, TryOnItem, no_progress
from inference.errors import EngineFault, PictureError
from inference.pictures import decode, encode_jpeg, encode_png
from inference.registry import create

OPTIONS = told(simulated_a=0.0, simulated_b=0.0)
ENGINES = [
    ("tailor", "grabcut"), ("tailor", "simulated"), ("try_on", "puppet"), ("try_on", "simulated"), ("try_on", "warp"),
    ("photo_check", "packaged"), ("quality", "pixels"),
]  # fmt: skip


def _opened(outcome):
    """As the next one gets it, from the store."""
    picture = outcome.image
    return decode(encode_png(picture) if picture.mode == "RGBA" else encode_jpeg(picture), ours=True)


@pytest.mark.parametrize("kind_and_name", ENGINES, ids="-".join)
def test_forty_shapes_end_in_an_outcome_or_in_the_pictures_fault(kind_and_name):
    kind, name = kind_and_name
    engine, _ = create(kind, name, OPTIONS)
    engine.load()
    example = engine.example()
    wearer, _ = create("try_on", "puppet", OPTIONS)
    for number, (size, what) in enumerate(SHAPES):
        items = items_of(kind, example, drawn(size, what), number)
        for item in [items[number % 3]] if name == "warp" else items:
            (outcome,) = engine.run([item], no_progress)
            if isinstance(outcome, PictureError):
                assert outcome.message.endswith("."), (size, what)
                continue
            if kind not in ("tailor", "try_on"):
                continue
            made = _opened(outcome)
            assert made.size == outcome.image.size
            if kind == "try_on":
                assert made.size == item.person.size
            elif number % 3 == 0:  # as `clean` does
                (worn,) = wearer.run([TryOnItem(wearer.example().person, made)], no_progress)
                assert isinstance(worn, PictureError) or worn.image.size == wearer.example().person.size


@pytest.mark.parametrize("side", [27, 5, 1])
def test_a_narrow_cut_out_of_ours_is_worn_though_nobody_may_send_it(side):
    """A tie, a belt, a strip: after `clean` as without."""
    body = io.BytesIO()
    Image.new("RGBA", (side, 400), (20, 40, 160, 255)).save(body, "PNG")
    with pytest.raises(PictureError) as refused:
        decode(body.getvalue())
    assert refused.value.code == "picture_too_small"
    garment = decode(body.getvalue(), ours=True)
    engine, _ = create("try_on", "puppet", OPTIONS)
    (outcome,) = engine.run([TryOnItem(engine.example().person, garment)], no_progress)
    assert isinstance(outcome, PictureError) or outcome.image.size == engine.example().person.size


class Picky:
    """An engine whose library refuses some items, as OpenCV, NumPy and Pillow each do in their own words."""

    info = EngineInfo("picky", "Apache-2.0", "open", "cpu")

    def __init__(self, healthy=True):
        self.healthy = healthy

    def load(self):
        return None

    def example(self):
        return "example"

    def bucket(self, _item):
        return "any"

    def run(self, batch, _progress):
        import cv2

        for item in batch:
            if not self.healthy:
                raise ValueError("cannot convert float NaN to integer")
            if item == "opencv":
                cv2.resize(np.zeros((0, 3), np.uint8), (4, 4))
            if item == "numpy":
                np.zeros((3, 0)).min()
            if item == "pillow":
                Image.new("RGB", (4, 4)).resize((0, 3))
            if item == "singular":
                np.linalg.inv(np.zeros((2, 2)))
            if item == "memory":
                raise MemoryError
            if item == "device":
                raise RuntimeError("the device fell off the bus")
            if item == "fault":
                raise EngineFault("out of memory")
        return list(batch)


async def _outcome(engine, *items):
    import asyncio

    async def limits():
        return 8, 0.0

    batcher = Batcher(engine, limits)
    task = asyncio.create_task(batcher.run())
    tickets = [
        batcher.submit(item, on_start=lambda: None, on_progress=lambda _fraction, _steps: None)
        for item in items
    ]
    done = await asyncio.gather(*(ticket.done for ticket in tickets), return_exceptions=True)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return done


@pytest.mark.parametrize("library", ["opencv", "numpy", "pillow", "singular"])
async def test_what_a_library_refuses_is_the_pictures_fault_and_its_batch_mates_go_on(library):
    good, bad, other = await _outcome(Picky(), "good", library, "other")
    assert (good.outcome, other.outcome) == ("good", "other")
    assert isinstance(bad.outcome, PictureError) and bad.outcome.code == "picture_unusable"


@pytest.mark.parametrize(
    ("item", "kind"), [("memory", MemoryError), ("device", RuntimeError), ("fault", EngineFault)]
)
async def test_what_a_machine_lacks_is_not(item, kind):
    (outcome,) = await _outcome(Picky(), item)
    assert isinstance(outcome, kind)


async def test_a_model_that_fails_on_its_own_example_is_the_machines_fault():
    (outcome,) = await _outcome(Picky(healthy=False), "numpy")
    assert isinstance(outcome, ValueError)
