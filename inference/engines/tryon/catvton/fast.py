"""The same mathematics in fewer and larger operations: one projection for q, k and v, and a backend by measurement."""

from typing import Any

import torch
from torch import Tensor, nn

from inference.engines.tryon.attention import Kernel, attend, fastest
from inference.engines.tryon.catvton.attention import attention_blocks


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


def fuse(unet: nn.Module) -> list[FusedSelfAttention]:
    """Put a fused self-attention in the place of each; returns them in the published order."""
    fused = {id(block): FusedSelfAttention(block) for block in attention_blocks(unet)}
    for module in list(unet.modules()):
        old = getattr(module, "attn1", None)
        if old is not None and id(old) in fused:
            module.attn1 = fused[id(old)]
    return list(fused.values())


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
