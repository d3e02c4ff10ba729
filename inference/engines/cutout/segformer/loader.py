"""From files to a parser, strictly: labels, every tensor and every recorded checksum, or an error naming the file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import SegformerConfig, SegformerForSemanticSegmentation
from transformers.utils import logging

from inference.engines.cutout.labels import mismatch
from inference.engines.cutout.segformer.labels import LABELS
from inference.errors import EngineUnavailable
from inference.weights.catalog import MODELS
from inference.weights.checksums import check_file, read_checksums

FOLDER = MODELS["segformer"].sources[0].folder
CONFIG, WEIGHTS, PREPROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"


@dataclass(frozen=True)
class Parser:
    """``network`` takes (B,3,side,side); ``mean`` and ``std`` are of RGB in 0…1."""

    network: Any
    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]


def load(root: Path) -> Parser:
    """Load from the weight directory, on the CPU in float32. Raises EngineUnavailable naming the file at fault."""
    recorded = read_checksums(root)
    for name in (CONFIG, WEIGHTS, *([PREPROCESSOR] if (root / FOLDER / PREPROCESSOR).exists() else ())):
        check_file(root, f"{FOLDER}/{name}", recorded)
    config_file, weights_file = root / FOLDER / CONFIG, root / FOLDER / WEIGHTS
    try:
        config = SegformerConfig.from_dict(json.loads(config_file.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise EngineUnavailable(f"{config_file}: cannot be read ({error})") from error
    if wrong := mismatch(
        {int(number): str(name) for number, name in (config.id2label or {}).items()}, LABELS
    ):
        raise EngineUnavailable(f"{config_file}: {wrong}: this checkpoint was not trained on these labels")
    logging.disable_progress_bar()
    try:
        loaded: Any = SegformerForSemanticSegmentation.from_pretrained(
            root / FOLDER,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            ignore_mismatched_sizes=True,  # they are reported, and refused below
            output_loading_info=True,
        )
        network, about = loaded
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        raise EngineUnavailable(f"{weights_file}: cannot be read ({error}); pull it again") from error
    for kind, word in (
        ("missing", "missing"),
        ("unexpected", "surplus"),
        ("mismatched", "of the wrong shape"),
    ):
        names = sorted(str(name) for name in about[f"{kind}_keys"])
        if names:
            raise EngineUnavailable(f"{weights_file}: {len(names)} tensors {word}, first {names[0]}")
    network.eval().requires_grad_(False)
    return Parser(network, *_preprocessing(root / FOLDER / PREPROCESSOR))


def _preprocessing(path: Path) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    """Side, mean and deviation; as published when the file is not there."""
    content = json.loads(path.read_text()) if path.exists() else {}
    size = content.get("size", 512)
    side = int(size.get("height", 512) if isinstance(size, dict) else size)
    mean = tuple(content.get("image_mean", (0.485, 0.456, 0.406)))
    return side, mean, tuple(content.get("image_std", (0.229, 0.224, 0.225)))
