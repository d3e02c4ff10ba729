"""Networks of libraries from a weight directory, strictly: each checksum, each tensor, or an error naming the file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from inference.errors import EngineUnavailable
from inference.weights.checksums import check_file, read_checksums
from inference.weights.model import Model
from inference.weights.placed import placed

#: How libraries call what a file has too few, too many, or of another shape.
_FAULTS = {"missing_keys": "missing", "unexpected_keys": "surplus", "mismatched_keys": "of the wrong shape"}


def check_files(model: Model, root: Path) -> None:
    """Raise EngineUnavailable unless every file of a model is the one that was pulled."""
    recorded = read_checksums(root)
    for name in placed(model, root):
        check_file(root, name, recorded)


def load_part(kind: Any, folder: Path, **told: Any) -> Any:
    """A network of a class of diffusers or transformers, from safetensors on this disk; it does not train.

    ``told`` goes to its ``from_pretrained``. Raises EngineUnavailable: a file that cannot be read, tensors that are
    missing, surplus or of another shape.
    """
    try:
        network, about = kind.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True, **told
        )
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise EngineUnavailable(f"{folder}: cannot be read ({first}); pull it again") from error
    refuse(about, folder)
    return network.eval().requires_grad_(False)


def refuse(about: Mapping[str, Any], path: Path) -> None:
    """Raise EngineUnavailable when a library says that tensors did not fit: it fills such gaps with random ones."""
    for key, word in _FAULTS.items():
        if names := sorted(str(name) for name in about.get(key) or ()):
            raise EngineUnavailable(f"{path}: {len(names)} tensors {word}, first {names[0]}")


def load_words(kind: Any, folder: Path) -> Any:
    """A tokenizer, a scheduler or another part without tensors. Raises EngineUnavailable."""
    try:
        return kind.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise EngineUnavailable(f"{folder}: cannot be read ({first}); pull it again") from error


def numbers(device: str, asked: str | None) -> torch.dtype:
    """bf16 on a GPU and fp32 on a CPU, unless asked otherwise. Raises EngineUnavailable for fp16."""
    kinds = {"bf16": torch.bfloat16, "fp32": torch.float32}
    name = asked or ("bf16" if device.startswith("cuda") else "fp32")
    if name not in kinds:
        raise EngineUnavailable(
            f"there is no {name} here: set PROTEUS_DTYPE to bf16 or fp32, or leave it out"
        )
    return kinds[name]
