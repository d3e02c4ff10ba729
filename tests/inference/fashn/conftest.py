"""Recorded cases on tiny weights, laid out as they were published; and an engine of those weights."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from inference.engines.tryon.fashn.network.layout import CONFIG_FILE, DETECTOR_FILE, MODEL_FILE, POSE_FILE
from inference.engines.tryon.fashn.network.transformer import Shape
from inference.engines.tryon.fashn.verify import shape_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Networks as small as these are slower on several."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Cases recorded from the published model's mathematics."""
    return GOLDEN


@pytest.fixture(scope="session")
def shape() -> Shape:
    """The numbers of the tiny network."""
    return shape_of(json.loads((GOLDEN / "manifest.json").read_text())["model"])


@pytest.fixture
def weights(tmp_path: Path, shape: Shape) -> Path:
    """A weight directory of one's own, laid out as `proteus models pull` does, without the pose networks."""
    copy = tmp_path / "weights"
    (copy / MODEL_FILE).parent.mkdir(parents=True)
    shutil.copyfile(GOLDEN / "weights/model.safetensors", copy / MODEL_FILE)
    (copy / CONFIG_FILE).write_text(json.dumps(asdict(shape)))
    return copy


@pytest.fixture
def pose_networks(weights: Path) -> Path:
    """The same with the pose networks."""
    for file in (DETECTOR_FILE, POSE_FILE):
        (weights / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(GOLDEN / "weights/dwpose" / file.name, weights / file)
    return weights
