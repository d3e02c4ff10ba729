"""The same mathematics in fewer and larger operations: one projection for q, k and v, and a backend by measurement."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from inference.engines.tryon.catvton.attention import attention_blocks

#: Head widths that every flash kernel takes without padding of its own.
_WIDTHS = (64, 96, 128, 160, 192, 256)
_BACKENDS = (SDPBackend.CUDNN_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION)
#: How a kernel is called: its backend (None: torch decides) and the head width that heads are padded to.
Kernel = tuple[SDPBackend | None, int | None]


class FusedSelfAttention(nn.Module):
    """Self-attention whose three projections are one matrix; stands in for a diffusers Attention without bias."""

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.heads: int = attention.heads
        self.width: int = attention.to_q.weight.shape[0] // self.heads
        weight = torch.cat([attention.to_q.weight, attention.to_k.weight, attention.to_v.weight])
        self.to_qkv = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
        self.to_qkv.weight = nn.Parameter(weight.detach(), requires_grad=False)
        self.to_out = attention.to_out[0]
        self.kernel: Kernel = (None, None)

    def forward(self, hidden_states: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
        """(batch, tokens, channels) to the same."""
        batch, tokens, _ = hidden_states.shape
        qkv = self.to_qkv(hidden_states).view(batch, tokens, 3, self.heads, self.width)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = attend(q, k, v, self.kernel)
        out: Tensor = self.to_out(mixed.transpose(1, 2).reshape(batch, tokens, self.heads * self.width))
        return out


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


def fuse(unet: nn.Module) -> list[FusedSelfAttention]:
    """Put a fused self-attention in the place of each; returns them in the published order."""
    fused = {id(block): FusedSelfAttention(block) for block in attention_blocks(unet)}
    for module in list(unet.modules()):
        old = getattr(module, "attn1", None)
        if old is not None and id(old) in fused:
            module.attn1 = fused[id(old)]
    return list(fused.values())


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


def choose_kernels(
    blocks: list[FusedSelfAttention], size: tuple[int, int], device: torch.device, dtype: torch.dtype
) -> dict[int, Kernel]:
    """Measure at each level's tokens for a picture of ``size`` (height, width) with guidance; set and return them.

    Returns the kernel by head width; levels of one width have the choice of the one with most tokens.
    """
    tokens = size[0] // 8 * (size[1] // 8) * 2
    widths = sorted({block.width for block in blocks})
    chosen: dict[int, Kernel] = {}
    for level, width in enumerate(widths):
        shape = (2, blocks[0].heads, max(16, tokens // 4**level), width)
        chosen[width] = next(iter(fastest(shape, device, dtype)), (None, None))
    for block in blocks:
        block.kernel = chosen[block.width]
    return chosen


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
