"""From a weight directory to a network, strictly: every name, shape and recorded checksum, or an error naming it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from inference.engines.tryon.fashn.network.layout import CONFIG_FILE, MODEL_FILE
from inference.engines.tryon.fashn.network.transformer import Network, Shape
from inference.errors import EngineUnavailable
from inference.weights.checksums import check_file, read_checksums, read_json
from inference.weights.tensors import assign, compare_numbers, read

#: Kinds of number that the published weights may come in; fewer bits need scales that nobody reads here.
_NUMBERS = (torch.bfloat16, torch.float16, torch.float32)


def read_shape(root: Path) -> Shape:
    """The numbers of the network: the published ones, but for those that a config.json beside the weights gives.

    Raises EngineUnavailable when that is no JSON object of known numbers.
    """
    given: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in read_json(root / CONFIG_FILE).items()
    }
    try:
        return Shape(**given)
    except TypeError as error:
        raise EngineUnavailable(f"{root / CONFIG_FILE}: {error}") from error


def load(
    root: Path,
    shape: Shape | None = None,
    *,
    file: Path = MODEL_FILE,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
    checksums: Mapping[str, str] | None = None,
) -> Network:
    """Load the network from ``root``. Raises EngineUnavailable naming the file and what is wrong with it."""
    recorded = read_checksums(root) if checksums is None else dict(checksums)
    check_file(root, file.as_posix(), recorded)
    path = root / file
    tensors = read(path, device)
    with torch.device("meta"):
        network = Network(shape or read_shape(root))
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and tensor.dtype not in _NUMBERS:
            raise EngineUnavailable(f"{path}: tensor {name} is {tensor.dtype}, expected bfloat16")
    assign(network, tensors, path)
    compare_numbers(tensors, path)
    network.eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.data = parameter.data.to(dtype)
    network.place()
    return network
