"""The transformer's blocks. Their modulation comes from outside: it depends on time and category alone.

Attribute names are those of the published file. B: pictures, T: tokens, D: width.
"""

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
from torch import Tensor, nn

from inference.engines.tryon.attention import Kernel, attend
from inference.engines.tryon.fashn.network.positions import rotate


class Scale(nn.Module):
    """Root-mean-square norm of a head, worked out in float32."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(…, width) to the same."""
        wide = x.float()
        shrunk = wide * torch.rsqrt((wide * wide).mean(-1, keepdim=True) + 1e-6)
        return shrunk.to(x.dtype) * self.scale


class QueryKeyNorm(nn.Module):
    """The norms of queries and of keys."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query_norm = Scale(width)
        self.key_norm = Scale(width)


class Modulation(nn.Module):
    """From SiLU(time + category) to shifts, scales and gates."""

    def __init__(self, width: int, count: int) -> None:
        super().__init__()
        self.lin = nn.Linear(width, count * width)


def modulated(x: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """(1 + scale) LayerNorm(x) + shift, of (B,T,D) by (B,1,D)."""
    return (1 + scale) * F.layer_norm(x, x.shape[-1:], eps=1e-6) + shift


def split_heads(qkv: Tensor, heads: int, norm: QueryKeyNorm) -> tuple[Tensor, Tensor, Tensor]:
    """(B,T,3D) to normalised queries and keys, and values: (B, heads, T, D / heads) each."""
    q, k, v = qkv.view(*qkv.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return norm.query_norm(q), norm.key_norm(k), v


class SingleBlock(nn.Module):
    """Attention and MLP side by side, from one projection."""

    def __init__(self, width: int, heads: int, ratio: int) -> None:
        super().__init__()
        self.heads = heads
        self.inner = [3 * width, ratio * width]
        self.linear1 = nn.Linear(width, sum(self.inner))
        self.linear2 = nn.Linear(width + ratio * width, width)
        self.norm = QueryKeyNorm(width // heads)
        self.modulation = Modulation(width, 3)
        self.kernel: Kernel = (None, None)

    def forward(self, x: Tensor, modulation: Tensor, turned: Tensor) -> Tensor:
        """(B,T,D) to the same; ``modulation`` (B,3D), ``turned`` as positions.angles."""
        shift, scale, gate = modulation[:, None].chunk(3, -1)
        qkv, hidden = torch.split(self.linear1(modulated(x, shift, scale)), self.inner, -1)
        q, k, v = split_heads(qkv, self.heads, self.norm)
        mixed = attend(rotate(q, turned), rotate(k, turned), v, self.kernel).transpose(1, 2).flatten(2)
        both = torch.cat([mixed, F.gelu(hidden, approximate="tanh")], -1)
        added: Tensor = self.linear2(both)
        return x + gate * added


class Attention(nn.Module):
    """One stream's projections."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.norm = QueryKeyNorm(width // heads)
        self.proj = nn.Linear(width, width)


class DoubleBlock(nn.Module):
    """Picture ("img") and garment ("txt") with weights of their own, in one attention."""

    def __init__(self, width: int, heads: int, ratio: int) -> None:
        super().__init__()
        self.heads = heads
        self.img_mod, self.txt_mod = Modulation(width, 6), Modulation(width, 6)
        self.img_attn, self.txt_attn = Attention(width, heads), Attention(width, heads)
        self.img_mlp, self.txt_mlp = (
            nn.Sequential(
                nn.Linear(width, ratio * width), nn.GELU(approximate="tanh"), nn.Linear(ratio * width, width)
            )
            for _ in range(2)
        )
        self.kernel: Kernel = (None, None)

    def forward(
        self, picture: Tensor, garment: Tensor, modulation: Tensor, turned: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B,T,D) each to the same; ``modulation`` (B,12D): the picture's, then the garment's."""
        of_picture, of_garment = (part.chunk(6, -1) for part in modulation[:, None].chunk(2, -1))
        q, k, v = (
            torch.cat(pair, 2)  # garment first
            for pair in zip(
                self._project(self.txt_attn, garment, of_garment, turned),
                self._project(self.img_attn, picture, of_picture, turned),
                strict=True,
            )
        )
        mixed = attend(q, k, v, self.kernel).transpose(1, 2).flatten(2)
        worn, seen = torch.split(mixed, [garment.shape[1], picture.shape[1]], 1)
        garment = _rest(self.txt_attn, self.txt_mlp, garment, worn, of_garment)
        return _rest(self.img_attn, self.img_mlp, picture, seen, of_picture), garment

    def _project(
        self, attention: Attention, x: Tensor, of: tuple[Tensor, ...], turned: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = split_heads(attention.qkv(modulated(x, of[0], of[1])), self.heads, attention.norm)
        return rotate(q, turned), rotate(k, turned), v


def _rest(
    attention: Attention, mlp: nn.Sequential, x: Tensor, mixed: Tensor, of: tuple[Tensor, ...]
) -> Tensor:
    x = x + of[2] * attention.proj(mixed)
    added: Tensor = mlp(modulated(x, of[3], of[4]))
    return x + of[5] * added
