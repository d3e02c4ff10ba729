"""One loaded engine and the drawn people of the samples for every test of the warp."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.engines.tryon.warp.engine import WarpEngine
from inference.person.analyse import analyst
from inference.person.body import Body

SAMPLES = Path(__file__).parents[3] / "samples" / "drawn"


def sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


@pytest.fixture(scope="session")
def engine() -> WarpEngine:
    engine = WarpEngine(cpu_threads=1)
    engine.load()
    return engine


@pytest.fixture(scope="session")
def kofi() -> Body:
    body = analyst(1).look(np.asarray(sample("people/kofi.jpg")))
    assert body is not None
    return body
