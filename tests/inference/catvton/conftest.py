"""Recorded cases on tiny weights: a part of them lies beside these tests, all of them where the checkout has some."""

import shutil
from pathlib import Path

import pytest
import torch

from inference.engines.tryon.catvton.choice import CatVtonOptions
from inference.engines.tryon.catvton.engine import CatVton

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """On a busy machine two of them wait for one another in a loop, which costs twenty times the work."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Cases recorded from the published model's mathematics; their weights lie as real ones do."""
    return GOLDEN


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A weight directory of one's own."""
    copy = tmp_path / "weights"
    shutil.copytree(GOLDEN / "weights", copy)
    return copy


@pytest.fixture(scope="session")
def engine() -> CatVton:
    """Mask-free, on the CPU, one small bucket."""
    options = CatVtonOptions(
        weights_dir=GOLDEN / "weights", allow_licenses=frozenset({"noncommercial"}), device="cpu"
    )
    engine = CatVton(options, sizes=((64, 48),))
    engine.load()
    return engine
