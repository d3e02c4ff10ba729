"""An ONNX file as a function of arrays, on a CPU by OpenVINO."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.errors import EngineUnavailable

Floats = NDArray[np.float32]


def open_onnx(path: Path, threads: int | None = None) -> Callable[[Floats], list[Floats]]:
    """One input to all outputs, in the file's order, in float32. Raises EngineUnavailable naming the file."""
    try:
        import openvino
    except ImportError as error:
        raise EngineUnavailable("openvino is not installed: pip install 'proteus[inference]'") from error
    settings: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = openvino.Core().compile_model(str(path), "CPU", settings)
    except RuntimeError as error:
        first = next(iter(str(error).strip().splitlines()), "damaged")
        raise EngineUnavailable(f"{path}: cannot be read ({first}); pull it again") from error

    def run(given: Floats) -> list[Floats]:
        found = compiled(given)
        return [np.array(found[number], np.float32) for number in range(len(compiled.outputs))]

    return run
