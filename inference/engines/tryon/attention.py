"""Scaled dot-product attention by the kernel that is fastest where it runs."""

import statistics
import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

#: Head widths that every flash kernel takes without padding of its own.
_WIDTHS = (64, 96, 128, 160, 192, 256)
_BACKENDS = (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION)
#: How a kernel is called: its backend (None: torch decides) and the head width that heads are padded to.
Kernel = tuple[SDPBackend | None, int | None]


def attend(q: Tensor, k: Tensor, v: Tensor, kernel: Kernel) -> Tensor:
    """Scaled dot-product attention of (batch, heads, tokens, width), by the kernel given.

    Padding heads with zeros changes neither scores nor values, as long as the scale stays that of the true width.
    """
    backend, padded = kernel
    width = q.shape[-1]
    if padded is not None and padded > width:
        q, k, v = (F.pad(x, (0, padded - width)) for x in (q, k, v))
    scale = width**-0.5
    if backend is None:
        out = F.scaled_dot_product_attention(q, k, v, scale=scale)
    else:
        with sdpa_kernel(backend):
            out = F.scaled_dot_product_attention(q, k, v, scale=scale)
    return out[..., :width]


def candidates(width: int) -> Iterator[Kernel]:
    """The kernels worth measuring for a head width."""
    yield None, None
    for backend in _BACKENDS:
        yield backend, None
        wider = next((w for w in _WIDTHS if w >= width), None)
        if wider is not None and wider > width:
            yield backend, wider


def fastest(
    shape: tuple[int, int, int, int], device: torch.device, dtype: torch.dtype, rounds: int = 5
) -> dict[Kernel, float]:
    """Seconds by kernel for (batch, heads, tokens, width), fastest first; those that refuse are left out."""
    q, k, v = (torch.randn(shape, device=device, dtype=dtype) for _ in range(3))
    times: dict[Kernel, float] = {}
    for kernel in candidates(shape[-1]):
        try:
            attend(q, k, v, kernel)
            _wait(device)
            taken = []
            for _ in range(rounds):
                start = time.perf_counter()
                attend(q, k, v, kernel)
                _wait(device)
                taken.append(time.perf_counter() - start)
        except RuntimeError:  # this kernel does not take this width, dtype or device
            continue
        times[kernel] = statistics.median(taken)
    return dict(sorted(times.items(), key=lambda pair: pair[1]))


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
