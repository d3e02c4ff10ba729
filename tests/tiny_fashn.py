"""Weights of a small FASHN VTON, as `proteus models pull fashn` lays them: `python tests/tiny_fashn.py DIR`."""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from inference.engines.tryon.fashn.network.layout import CONFIG_FILE, MODEL_FILE
from inference.engines.tryon.fashn.verify import shape_of

_GOLDEN = Path(__file__).parent / "inference/fashn/golden"


def lay(root: Path) -> Path:
    """Into ``root``, which is made; it is what PROTEUS_WEIGHTS_DIR names."""
    (root / MODEL_FILE).parent.mkdir(parents=True)
    shutil.copyfile(_GOLDEN / "weights/model.safetensors", root / MODEL_FILE)
    numbers = shape_of(json.loads((_GOLDEN / "manifest.json").read_text())["model"])
    (root / CONFIG_FILE).write_text(json.dumps(asdict(numbers)))
    return root


if __name__ == "__main__":
    lay(Path(sys.argv[1]))
