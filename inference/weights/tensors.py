"""Strict reading of safetensors: every name, shape and kind of number, or an error that names file and fault."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inference.errors import EngineUnavailable

#: What lies where weights should, by its first bytes.
_NOT_WEIGHTS = {
    b"version https://git-lfs": "a pointer of Git LFS, not the weights it points to",
    b"<": "a web page, not weights",
    b"PK": "a zip file (a pickle of torch's?), not safetensors",
}


def read(path: Path, device: str = "cpu") -> dict[str, Tensor]:
    """The tensors of a file, straight to the device. Raises EngineUnavailable saying what is wrong with it."""
    try:
        with path.open("rb") as file:
            begin = file.read(32)
        if why := _what_else(path, begin):
            raise EngineUnavailable(f"{path}: {why}; pull it again")
        return load_file(path, device=device)
    except (SafetensorError, OSError, ValueError) as error:
        raise EngineUnavailable(f"{path}: cannot be read ({error}); pull it again") from error


def _what_else(path: Path, begin: bytes) -> str | None:
    """What a file is when it is no whole safetensors file; None when nothing speaks against it."""
    if not begin:
        return "it is empty"
    for start, what in _NOT_WEIGHTS.items():
        if begin.lstrip().startswith(start):
            return f"it is {what}"
    length = int.from_bytes(begin[:8], "little")
    size = path.stat().st_size
    if length > 100_000_000 or begin[8:9] != b"{":
        return "it is not a safetensors file"
    if size < 8 + length:
        return f"it is cut short within its list of tensors, at {size} bytes"
    with path.open("rb") as file:
        file.seek(8)
        try:
            listed = json.loads(file.read(length))
        except ValueError:
            return "its list of tensors is damaged"
    ends = [
        entry["data_offsets"][1]
        for name, entry in listed.items()
        if name != "__metadata__" and isinstance(entry, dict) and entry.get("data_offsets")
    ]
    whole = 8 + length + max(ends, default=0)
    if size < whole:
        return f"it is cut short: {size} of {whole} bytes"
    return f"it has {size - whole} bytes too many" if size > whole else None


def compare(wanted: Mapping[str, torch.Size], found: Mapping[str, Tensor], path: Path) -> None:
    """Raise EngineUnavailable unless names and shapes are those wanted, and the numbers are floating point."""
    if wanted and not set(wanted) & set(found):
        raise EngineUnavailable(
            f"{path}: another model's file: none of its {len(found)} tensors is known here"
        )
    if missing := sorted(set(wanted) - set(found)):
        raise EngineUnavailable(f"{path}: {len(missing)} tensors missing, first {missing[0]}")
    if surplus := sorted(set(found) - set(wanted)):
        raise EngineUnavailable(f"{path}: {len(surplus)} surplus tensors, first {surplus[0]}")
    for name, shape in wanted.items():
        if found[name].shape != shape:
            got = tuple(found[name].shape)
            raise EngineUnavailable(f"{path}: tensor {name} has shape {got}, expected {tuple(shape)}")
        if not found[name].is_floating_point():
            raise EngineUnavailable(f"{path}: tensor {name} is {found[name].dtype}, expected floating point")


def compare_numbers(found: Mapping[str, Tensor], path: Path) -> None:
    """Raise EngineUnavailable when a tensor holds NaN or infinity. Reads them all, on their device."""
    names = list(found)
    sound = torch.stack([found[name].isfinite().all() for name in names]).tolist()
    if wrong := [name for name, good in zip(names, sound, strict=True) if not good]:
        raise EngineUnavailable(f"{path}: {len(wrong)} tensors hold NaN or infinity, first {wrong[0]}")


def assign(module: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Give a module its tensors: all of them, no others, of the right shapes."""
    compare({k: v.shape for k, v in module.state_dict().items()}, tensors, path)
    module.load_state_dict(tensors, strict=True, assign=True)
