"""A parser of tiny weights, made once a session."""

import shutil
from pathlib import Path

import pytest
import torch
from tiny_parser import make

from inference.engines.cutout.segformer.choice import SegFormerOptions
from inference.engines.cutout.segformer.engine import SegFormer

ACCEPTED = frozenset({"noncommercial"})


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return make(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def root(tiny_root: Path, tmp_path: Path) -> Path:
    """A weight directory of one's own."""
    return Path(shutil.copytree(tiny_root, tmp_path / "weights"))


@pytest.fixture(scope="session")
def tailor(tiny_root: Path) -> SegFormer:
    options = SegFormerOptions(weights_dir=tiny_root, allow_licenses=ACCEPTED, parser_runtime="torch")
    engine = SegFormer(options)
    engine.load()
    return engine
