"""The mathematics: encode, denoise by DDIM with guidance, decode. Noise is given, so rows are independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inference.catvton.loader import Model


@dataclass(frozen=True)
class Noise:
    """Standard normal draws, batch first: person and garment (B,4,h,w); initial (B,4,…); steps (S,B,4,…)."""

    person: Tensor
    garment: Tensor
    initial: Tensor
    steps: Tensor | None


@dataclass
class Trace:
    """What verification looks at."""

    latents: list[Tensor] = field(default_factory=list)
    eps: list[Tensor] = field(default_factory=list)
    unet_in0: Tensor | None = None
    unet_out0: Tensor | None = None
    final: Tensor | None = None
    decoded: Tensor | None = None


class Stopped(Exception):
    """Everybody who wanted this batch has gone."""


def draw(seeds: Sequence[int], size: tuple[int, int], axis: int, steps: int, eta: float = 1.0) -> Noise:
    """Noise for images of ``size`` (height, width), a generator per seed, on the CPU in float32.

    A row depends on its own seed alone: not on the batch, the device or the dtype.
    """
    half = [4, size[0] // 8, size[1] // 8]
    whole = list(half)
    whole[axis] *= 2
    rows = []
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        shapes = [half, half, whole, *([whole] * steps if eta else [])]
        rows.append([torch.randn(shape, generator=generator) for shape in shapes])
    columns = [torch.stack(column) for column in zip(*rows, strict=True)]
    later = torch.stack(columns[3:]) if eta else None
    return Noise(columns[0], columns[1], columns[2], later)


def encode(model: Model, pixels: Tensor, noise: Tensor) -> Tensor:
    """Pixels (B,3,H,W) in -1…1 to a scaled latent (B,4,H/8,W/8), sampled with the noise given."""
    posterior = model.vae.encode(_to(pixels, model)).latent_dist
    latent: Tensor = (posterior.mean + posterior.std * _to(noise, model)) * model.vae.config.scaling_factor
    return latent


def _to(tensor: Tensor, model: Model) -> Tensor:
    return tensor.to(model.device, model.dtype, non_blocking=True)


def coefficients(model: Model, steps: int, eta: float) -> tuple[list[int], list[tuple[float, ...]]]:
    """Timesteps, and for each the numbers of its step: (1/√a, √(1-a)/√a, √a', √(1-a'-σ²), σ)."""
    model.scheduler.set_timesteps(steps)
    times = [int(t) for t in model.scheduler.timesteps]
    alphas = model.scheduler.alphas_cumprod.double()
    stride = model.scheduler.config.num_train_timesteps // steps
    numbers: list[tuple[float, ...]] = []
    for time in times:
        a = float(alphas[time])
        b = float(alphas[time - stride] if time >= stride else model.scheduler.final_alpha_cumprod)
        sigma = eta * ((1 - b) / (1 - a) * (1 - a / b)) ** 0.5
        numbers.append((a**-0.5, ((1 - a) / a) ** 0.5, b**0.5, max(0.0, 1 - b - sigma**2) ** 0.5, sigma))
    return times, numbers


@torch.inference_mode()
def sample(
    model: Model,
    person: Tensor,
    garment: Tensor,
    noise: Noise,
    *,
    steps: int,
    guidance: float,
    mask: Tensor | None = None,
    eta: float = 1.0,
    on_step: Callable[[float], bool] = lambda _fraction: True,
    trace: Trace | None = None,
) -> Tensor:
    """Pictures (B,3,H,W) float32, before clamping, from pixels in -1…1 and a mask (B,1,H,W) of 0 and 1.

    ``on_step`` is told the fraction done and answers whether to go on; raises Stopped when it does not.
    """
    condition = encode(model, person if mask is None else person * (mask < 0.5), noise.person)
    clothes = encode(model, garment, noise.garment)
    axis = model.axis
    pair = torch.cat([condition, clothes], axis)
    blank = torch.cat([condition, torch.zeros_like(clothes)], axis)
    known = torch.cat([blank, pair]) if guidance > 1 else pair
    if mask is not None:
        small = _to(mask[..., ::8, ::8], model)
        beside = torch.cat([small, torch.zeros_like(small)], axis)
        known = torch.cat([torch.cat([beside] * (2 if guidance > 1 else 1)), known], 1)
    times, numbers = coefficients(model, steps, eta)
    clock = torch.tensor(times, device=model.device)
    latents = _to(noise.initial, model) * float(model.scheduler.init_noise_sigma)
    if trace is not None:
        trace.latents.append(latents)
    for i, (scale, weight, keep, direction, sigma) in enumerate(numbers):
        doubled = torch.cat([latents] * 2) if guidance > 1 else latents
        given = torch.cat([doubled, known], 1)
        out = model.unet(given, clock[i], encoder_hidden_states=None, return_dict=False)[0]
        eps = out
        if guidance > 1:
            without, with_ = out.chunk(2)
            eps = without + guidance * (with_ - without)
        latents = keep * (scale * latents - weight * eps) + direction * eps
        if noise.steps is not None and sigma:
            latents = latents + sigma * _to(noise.steps[i], model)
        if trace is not None:
            if i == 0:
                trace.unet_in0, trace.unet_out0 = given, out
            trace.eps.append(eps)
            trace.latents.append(latents)
        if not on_step((i + 1) / steps):
            raise Stopped
    final = latents.chunk(2, axis)[0]
    decoded: Tensor = model.vae.decode(final / model.vae.config.scaling_factor, return_dict=False)[0].float()
    if trace is not None:
        trace.final, trace.decoded = final, decoded
    return decoded


def to_u8(decoded: Tensor) -> Tensor:
    """(B,3,H,W) float to (B,H,W,3) uint8."""
    unit = (decoded / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)
    return (unit * 255).round().to(torch.uint8).cpu()
