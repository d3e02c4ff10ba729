"""The machine that commands run on: an image when PROTEUS_IMAGE_ROOT names its unpacked root directory."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import make_environment
from machine import Machine, of_environment, of_image


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with tempfile.TemporaryDirectory(prefix="proteus-image-") as name:
        tmp, root = Path(name), os.environ.get("PROTEUS_IMAGE_ROOT")
        if root:
            yield of_image(Path(root), tmp)
        else:
            yield of_environment(make_environment(tmp_path_factory.mktemp("environment")), tmp)
