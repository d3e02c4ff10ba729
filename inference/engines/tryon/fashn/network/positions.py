"""Rotary positions of tokens on a grid: which angle each pair of a head's dimensions is turned by."""

import torch
from torch import Tensor


def angles(rows: int, columns: int, axes: tuple[int, int, int], theta: float) -> Tensor:
    """(2, tokens, dimensions / 2) float32: cosines, then sines; tokens row by row.

    A head's dimensions belong to three axes, the first of which is 0 everywhere. They are worked out in float64.
    """
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    places = (torch.zeros(rows * columns), row.flatten(), column.flatten())
    parts = [
        place.double()[:, None] * theta ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        for place, size in zip(places, axes, strict=True)
    ]
    turned = torch.cat(parts, 1)
    return torch.stack([turned.cos(), turned.sin()]).float()


def rotate(x: Tensor, turned: Tensor) -> Tensor:
    """Turn adjacent pairs of the last dimension of (B, heads, tokens, width), in float32; of the dtype given."""
    a, b = x.float().view(*x.shape[:-1], -1, 2).unbind(-1)
    cos, sin = turned[0], turned[1]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).to(x.dtype)
