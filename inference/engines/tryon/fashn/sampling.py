"""The mathematics: rectified flow from noise (time 0) to a picture (time 1), by Euler steps with guidance.

Noise is given and nothing is drawn after it, so rows are independent of each other.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inference.engines.tryon.fashn.network.transformer import Network
from inference.engines.tryon.passes import PassStopped

#: Moves the schedule towards noise; the released model has no other.
_MU = 1.5
#: At so many last steps guidance is left out, against colours that are too strong.
SKIP = 1


@dataclass(frozen=True)
class Conditions:
    """What a picture is made from, batch first, float32: pictures (B,3,H,W) and poses (B,1,H,W) in -1…1.

    ``category`` (B,): 1 tops, 2 bottoms, 3 one-pieces.
    """

    person: Tensor
    garment: Tensor
    person_pose: Tensor
    garment_pose: Tensor
    category: Tensor


@dataclass(frozen=True)
class Embedded:
    """Conditions where the network computes: rows with, and after them rows without what guides."""

    beside: Tensor  # (R,4,H,W): person and its pose
    garment: Tensor  # (R,T,D)
    category: Tensor  # (R,)

    def first(self, rows: int) -> "Embedded":
        """The first rows alone."""
        return Embedded(self.beside[:rows], self.garment[:rows], self.category[:rows])


def schedule(steps: int) -> list[float]:
    """Times 0…1 in float32, one more than steps; the last steps are the long ones."""
    u = torch.linspace(1, 0, steps + 1)
    a = math.exp(-_MU)
    rising: list[float] = (a / (a + (1 / u - 1))).flip(0).tolist()
    return rising


def draw(seeds: Sequence[int], size: tuple[int, int]) -> Tensor:
    """Noise (B,3,H,W) for ``size`` (height, width), a generator per seed, on the CPU in float32.

    A row depends on its own seed alone: not on the batch, the device or the dtype.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return torch.stack([torch.randn(3, *size, generator=generator) for generator in generators])


@torch.inference_mode()
def prepare(network: Network, given: Conditions, *, guided: bool) -> Embedded:
    """Move conditions to the network, and add the rows without them: zeros, and no category."""
    weight = network.y_embedder.weight
    rows = [
        torch.cat([given.person, given.person_pose], 1),
        torch.cat([given.garment, given.garment_pose], 1),
    ]
    beside, worn = (row.to(weight.device, non_blocking=True).to(weight.dtype) for row in rows)
    category = given.category.to(weight.device)
    if guided:
        beside, worn, category = (torch.cat([x, torch.zeros_like(x)]) for x in (beside, worn, category))
    return Embedded(beside, network.garment_embedder(worn), category)


@torch.inference_mode()
def velocity(
    network: Network, x: Tensor, time: float, given: Embedded, modulation: Tensor | None = None
) -> Tensor:
    """(R,3,H,W) float32 for pictures ``x`` (R,3,H,W) at ``time``; ``modulation`` (R,M) where it is known."""
    dtype = given.beside.dtype
    if modulation is None:
        clock = torch.full((len(x),), time, dtype=dtype, device=x.device)
        modulation = network.modulate(clock, given.category)
    out: Tensor = network(torch.cat([x.to(dtype), given.beside], 1), given.garment, modulation)
    return out.float()


@torch.inference_mode()
def table(network: Network, steps: int) -> Tensor:
    """All modulation of a schedule, (steps, categories, M): what every job with as many steps needs."""
    weight = network.y_embedder.weight
    count = weight.shape[0]
    times = torch.tensor(schedule(steps)[:-1], dtype=weight.dtype, device=weight.device)
    categories = torch.arange(count, device=weight.device)
    found = network.modulate(times.repeat_interleave(count), categories.repeat(steps))
    return found.view(steps, count, -1)


@torch.inference_mode()
def sample(
    network: Network,
    given: Conditions,
    noise: Tensor,
    *,
    steps: int,
    guidance: Tensor,
    skip: int = SKIP,
    modulations: Tensor | None = None,
    on_step: Callable[[int, int], bool] = lambda _done, _steps: True,
    trace: list[Tensor] | None = None,
) -> Tensor:
    """Pictures (B,3,H,W) float32, before clamping, from noise of that shape.

    ``guidance`` (B,) is each row's; where all are 1 or below, and at the last ``skip`` steps, the half without
    what guides is not computed. ``modulations`` is the schedule's table where it is known. ``on_step`` is told
    the steps done, and all, and answers whether to go on; raises PassStopped when it does not. ``trace`` gets the
    picture after each step.
    """
    guided = bool((guidance > 1).any())
    known = prepare(network, given, guided=guided)
    device = known.beside.device
    x = noise.to(device, non_blocking=True).float()
    strength = guidance.to(device).view(-1, 1, 1, 1)
    modulations = table(network, steps) if modulations is None else modulations
    times = schedule(steps)
    for i in range(steps):
        both = guided and i < steps - skip
        now = known if both else known.first(len(x))
        found = velocity(
            network, torch.cat([x, x]) if both else x, times[i], now, modulations[i][now.category]
        )
        if both:
            with_, without = found.chunk(2)
            found = torch.where(strength > 1, without + strength * (with_ - without), with_)
        x = x + (times[i + 1] - times[i]) * found
        if trace is not None:
            trace.append(x)
        if not on_step(i + 1, steps):
            raise PassStopped
    return x


def to_unit(pixels: Tensor) -> Tensor:
    """uint8 to float32 in -1…1."""
    return pixels.float() / 127.5 - 1


def to_u8(x: Tensor) -> Tensor:
    """(B,3,H,W) float to (B,H,W,3) uint8 on the CPU, truncated."""
    unit = (x.float().clamp(-1, 1) + 1) / 2
    return (unit.permute(0, 2, 3, 1) * 255).to(torch.uint8).cpu()
