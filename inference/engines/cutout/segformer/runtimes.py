"""How the parser is run: a function from pixels to logits, for each runtime that is installed."""

import importlib.util
import warnings
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from inference.engines.cutout.segformer.loader import Parser
from inference.errors import EngineUnavailable

#: (B,3,side,side) float32, normalised, to logits (B,labels,side/4,side/4) float32.
Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]
#: Of the runtime that `auto` prefers on a CPU, as the faster one; fewer bits only when asked for.
_PRECISION = {"openvino": "f32", "openvino-bf16": "bf16"}


def choose(parser: Parser, name: str, device: str, threads: int | None = None) -> tuple[str, Run]:
    """The runtime named, or with ``auto`` the first that is there, on ``threads`` of a CPU; None is all of it.

    Raises EngineUnavailable.
    """
    if name == "auto":
        name = "torch" if device.startswith("cuda") or not _installed("openvino") else "openvino"
    if name == "torch":
        return name, _torch(parser, device)
    if name not in _PRECISION:
        known = ", ".join([*_PRECISION, "torch"])
        raise EngineUnavailable(f"there is no runtime {name!r}: choose one of auto, {known}")
    if not _installed("openvino"):
        raise EngineUnavailable("openvino is not installed: pip install 'proteus[inference]'")
    return name, _openvino(parser, _PRECISION[name], threads)


def _installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _torch(parser: Parser, device: str) -> Run:
    cuda = device.startswith("cuda")
    dtype = torch.bfloat16 if cuda else torch.float32
    layout = torch.channels_last if cuda else torch.contiguous_format  # on a CPU channels-last is slower
    network = parser.network.to(device, dtype, memory_format=layout)

    @torch.inference_mode()
    def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        given = torch.from_numpy(pixels).to(device, dtype, memory_format=layout)
        logits: NDArray[np.float32] = network(given).logits.float().cpu().numpy()
        return logits

    return run


def _openvino(parser: Parser, precision: str, threads: int | None) -> Run:
    import openvino
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    class Logits(torch.nn.Module):
        """Only what is used: a tensor in, a tensor out."""

        def __init__(self) -> None:
            super().__init__()
            self.network = parser.network

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.network(pixels).logits
            return logits

    side = parser.side
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing says of every size that it becomes a constant
        traced = torch.jit.trace(Logits(), torch.zeros(2, 3, side, side), check_trace=False)  # type: ignore[no-untyped-call]
    # Not openvino.convert_model: that reports its use to a server.
    frontend = FrontEndManager().load_by_framework("pytorch")
    decoder = TorchScriptPythonDecoder(traced)  # referred to until the conversion is over
    model = frontend.convert(frontend.load(decoder))
    model.reshape([-1, 3, side, side])
    settings: dict[str, str | int] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = openvino.Core().compile_model(model, "CPU", settings)

    def run(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array(compiled(pixels)[0], np.float32)

    return run
