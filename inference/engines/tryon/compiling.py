"""torch.compile: which batches are compiled for, and where the result is kept between starts."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import torch
from torch import nn

#: off; regional: each repeated block, compiled once; full: the network as a whole.
Compile = Literal["off", "regional", "full"]
#: Batches are filled up to one of these, so that few shapes are compiled. They are the policy's.
BATCHES = (1, 2, 4, 8)
#: Has modules compiled at their first pass of each shape.
Compiler = Callable[[Iterable[nn.Module]], None]


def keep_in(cache: Path | None) -> None:
    """Keep what the compiler makes below ``cache``; where it is None, where the compiler keeps it anyway."""
    if cache is not None:
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache / "inductor"))
        os.environ.setdefault("TRITON_CACHE_DIR", str(cache / "triton"))
    torch._dynamo.config.recompile_limit = max(64, torch._dynamo.config.recompile_limit)


def compile_modules(modules: Iterable[nn.Module], backend: str = "inductor") -> None:
    """Have each compiled, by itself, at its first pass of each shape."""
    for module in modules:
        module.compile(fullgraph=True, dynamic=False, backend=backend)


def fill_up(count: int) -> int:
    """The batch size that ``count`` items are run at when shapes are compiled."""
    return next((size for size in BATCHES if size >= count), count)
