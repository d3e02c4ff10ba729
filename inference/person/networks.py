"""Runs a packaged network with LiteRT. One interpreter a file; calls of several threads wait for each other."""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from inference.errors import EngineUnavailable
from inference.weights.packaged import Packaged

Tensor = NDArray[np.float32]


class PackagedNetwork:
    """A loaded model: an array in, the named number of arrays out, in the file's order."""

    def __init__(self, model: Packaged, threads: int | None = None) -> None:
        """Raises EngineUnavailable when the file or the runtime is not here."""
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise EngineUnavailable(f"ai-edge-litert is not installed here: {error}") from error
        try:
            self._interpreter = Interpreter(model_path=str(model.path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (OSError, ValueError, RuntimeError) as error:
            raise EngineUnavailable(f"{model.name} cannot be loaded: {error}") from error
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self._lock = Lock()

    def __call__(self, values: Tensor) -> list[Tensor]:
        """``values`` without the batch axis; outputs without it, too."""
        with self._lock:
            self._interpreter.set_tensor(self._input, values[None].astype(np.float32, copy=False))
            self._interpreter.invoke()
            return [np.array(self._interpreter.get_tensor(index)[0]) for index in self._outputs]
