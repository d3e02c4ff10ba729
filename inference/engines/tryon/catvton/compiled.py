"""torch.compile for a loaded model: what is compiled, where the result is kept, and what happens when it fails."""

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from inference.engines.tryon.catvton.loader import Model

log = logging.getLogger(__name__)

#: off; regional: each repeated block, compiled once; full: the whole UNet, with CUDA graphs.
Compile = Literal["off", "regional", "full"]
#: Batches are filled up to one of these, so that few shapes are compiled. They are the policy's.
BATCHES = (1, 2, 4, 8)


class GraphedUnet:
    """A UNet compiled whole. Its output lies in memory that the next pass writes, so it is copied out."""

    def __init__(self, unet: Any) -> None:
        self._compiled: Any = torch.compile(unet, mode="max-autotune", fullgraph=True, dynamic=False)

    def __call__(self, given: Tensor, time: Tensor, **options: Any) -> tuple[Tensor]:
        torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
        return (self._compiled(given, time, **options)[0].clone(),)


def compile_model(model: Model, how: Compile, cache: Path | None, backend: str = "inductor") -> Model:
    """The model, to be compiled at its first pass of each shape. ``cache`` keeps the result between starts."""
    if how == "off":
        return model
    if cache is not None:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
        os.environ.setdefault("TRITON_CACHE_DIR", str(cache / "triton"))
    torch._dynamo.config.recompile_limit = max(64, torch._dynamo.config.recompile_limit)
    if how == "full":
        return replace(model, unet=GraphedUnet(model.unet))
    for module in model.unet.modules():
        if type(module).__name__ in ("BasicTransformerBlock", "ResnetBlock2D"):
            module.compile(fullgraph=True, dynamic=False, backend=backend)
    return model


def fill_up(count: int) -> int:
    """The batch size that ``count`` items are run at when shapes are compiled."""
    return next((size for size in BATCHES if size >= count), count)
