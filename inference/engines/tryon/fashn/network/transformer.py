"""The network: pictures of person and garment, noise and a time to a velocity. Attribute names are the file's."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812  its usual name
from torch import Tensor, nn

from inference.engines.tryon.fashn.network.blocks import DoubleBlock, Modulation, SingleBlock, modulated
from inference.engines.tryon.fashn.network.positions import angles


@dataclass(frozen=True)
class Shape:
    """The numbers of the released model; smaller ones make the networks of tests."""

    height: int = 864
    width: int = 576
    hidden: int = 1280
    heads: int = 10
    mixers: int = 4
    doubles: int = 8
    singles: int = 16
    ratio: int = 4
    patch: int = 12
    classes: int = 3
    theta: float = 10_000
    axes: tuple[int, int, int] = (16, 56, 56)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of tokens."""
        return self.height // self.patch, self.width // self.patch


class PatchEmbedder(nn.Module):
    """Patches to tokens, row by row."""

    def __init__(self, channels: int, shape: Shape) -> None:
        super().__init__()
        self.proj = nn.Conv2d(channels, shape.hidden, shape.patch, shape.patch)

    def forward(self, picture: Tensor) -> Tensor:
        """(B,channels,H,W) to (B,tokens,D)."""
        return torch.as_tensor(self.proj(picture)).flatten(2).transpose(1, 2)


class TimeEmbedder(nn.Module):
    """A time to a vector, by sinusoids and an MLP."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mlp = nn.ModuleDict({"in_layer": nn.Linear(256, width), "out_layer": nn.Linear(width, width)})

    def forward(self, time: Tensor) -> Tensor:
        """(B,) in 0…1 to (B,D). Time is rounded as its dtype has it, before and after it is multiplied by 1000."""
        frequencies = torch.exp(-math.log(10_000) * torch.arange(128, device=time.device) / 128)
        turned = (1000 * time)[:, None].float() * frequencies
        waves = torch.cat([turned.cos(), turned.sin()], -1).to(time.dtype)
        out: Tensor = self.mlp["out_layer"](F.silu(self.mlp["in_layer"](waves)))
        return out


class FinalLayer(nn.Module):
    """Tokens to patches."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.linear = nn.Linear(shape.hidden, 3 * shape.patch**2)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(shape.hidden, 2 * shape.hidden))

    def forward(self, x: Tensor, modulation: Tensor) -> Tensor:
        """(B,T,D) to (B,T,3 * patch * patch)."""
        shift, scale = modulation[:, None].chunk(2, -1)
        out: Tensor = self.linear(modulated(x, shift, scale))
        return out


class Network(nn.Module):
    """366 tensors, 971,813,808 parameters at the released shape. ``turned`` is not in the file."""

    turned: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, heads, ratio = shape.hidden, shape.heads, shape.ratio
        self.x_embedder = PatchEmbedder(7, shape)
        self.garment_embedder = PatchEmbedder(4, shape)
        self.t_embedder = TimeEmbedder(width)
        self.y_embedder = nn.Embedding(shape.classes + 1, width)
        self.patch_mixer_token = nn.Parameter(torch.zeros(1, 1, 3 * shape.patch**2))  # in the file, not used
        self.x_patch_mixer = nn.ModuleList(SingleBlock(width, heads, ratio) for _ in range(shape.mixers))
        self.double_blocks = nn.ModuleList(DoubleBlock(width, heads, ratio) for _ in range(shape.doubles))
        self.single_blocks = nn.ModuleList(SingleBlock(width, heads, ratio) for _ in range(shape.singles))
        self.final_layer = FinalLayer(shape)
        self.register_buffer("turned", torch.empty(0), persistent=False)

    def place(self) -> None:
        """Work out the positions, where the weights are."""
        table = angles(*self.shape.grid, self.shape.axes, self.shape.theta)
        self.turned = table.to(self.y_embedder.weight.device)

    @property
    def modulations(self) -> list[nn.Linear]:
        """What makes shifts, scales and gates, in the order of use; a double block's picture before its garment."""
        found = [module.lin for module in self.modules() if isinstance(module, Modulation)]
        last = self.final_layer.adaLN_modulation[1]
        assert isinstance(last, nn.Linear)
        return [*found, last]

    def modulate(self, time: Tensor, category: Tensor) -> Tensor:
        """Times (B,) and categories (B,) to all modulation (B,M), which nothing else goes into."""
        lit = F.silu(self.t_embedder(time) + self.y_embedder(category))
        return torch.cat([linear(lit) for linear in self.modulations], -1)

    def forward(self, picture: Tensor, garment: Tensor, modulation: Tensor) -> Tensor:
        """Velocity (B,3,H,W).

        ``picture`` (B,7,H,W): noisy picture, person, the person's pose; ``garment`` (B,T,D) from the garment
        embedder; ``modulation`` (B,M).
        """
        width, turned = self.shape.hidden, self.turned
        counts = [3] * self.shape.mixers + [12] * self.shape.doubles + [3] * self.shape.singles + [2]
        parts = iter(torch.split(modulation, [count * width for count in counts], -1))
        x = self.x_embedder(picture)
        for mixer in self.x_patch_mixer:
            x = mixer(x, next(parts), turned)
        for double in self.double_blocks:
            x, garment = double(x, garment, next(parts), turned)
        tokens = garment.shape[1]
        x, twice = torch.cat([garment, x], 1), torch.cat([turned, turned], 1)
        for single in self.single_blocks:
            x = single(x, next(parts), twice)
        return self._unpack(self.final_layer(x[:, tokens:], next(parts)))

    def _unpack(self, tokens: Tensor) -> Tensor:
        (rows, columns), patch = self.shape.grid, self.shape.patch
        grid = tokens.reshape(-1, rows, columns, 3, patch, patch)
        return grid.permute(0, 3, 1, 4, 2, 5).reshape(-1, 3, rows * patch, columns * patch)
