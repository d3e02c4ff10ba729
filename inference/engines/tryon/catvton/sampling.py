"""The mathematics: encode, denoise by DDIM with guidance, decode. Noise is given, so rows are independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from inference.engines.tryon.catvton.loader import CatVtonModel
from inference.engines.tryon.passes import PassStopped


@dataclass(frozen=True)
class Noise:
    """Standard normal draws, batch first: person and garment (B,4,h,w); initial (B,4,…); steps (S,B,4,…)."""

    person: Tensor
    garment: Tensor
    initial: Tensor
    steps: Tensor | None

    def pinned_for(self, device: torch.device) -> "Noise":
        """In memory that a GPU copies from while it computes; as it is for other devices."""
        if device.type != "cuda":
            return self
        later = None if self.steps is None else self.steps.pin_memory()
        return Noise(self.person.pin_memory(), self.garment.pin_memory(), self.initial.pin_memory(), later)


@dataclass(frozen=True)
class Posterior:
    """What the VAE makes of pictures, before noise: (B,4,h,w) each. Can be kept, since no request is in it."""

    mean: Tensor
    std: Tensor

    def draw(self, noise: Tensor, factor: float) -> Tensor:
        """A scaled latent."""
        return (self.mean + self.std * noise) * factor


@dataclass
class Trace:
    """What verification looks at."""

    latents: list[Tensor] = field(default_factory=list)
    eps: list[Tensor] = field(default_factory=list)
    unet_in0: Tensor | None = None
    unet_out0: Tensor | None = None
    final: Tensor | None = None
    decoded: Tensor | None = None


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


@torch.inference_mode()
def encode(model: CatVtonModel, pixels: Tensor) -> Posterior:
    """Pixels (B,3,H,W) in -1…1 to what latents (B,4,H/8,W/8) are drawn from."""
    found = model.vae.encode(_to(pixels, model, model.vae_dtype)).latent_dist
    return Posterior(found.mean.to(model.dtype), found.std.to(model.dtype))


def _to(tensor: Tensor, model: CatVtonModel, dtype: torch.dtype | None = None) -> Tensor:
    """To the model's device and dtype; from pinned memory without waiting."""
    return tensor.to(model.device, non_blocking=True).to(dtype or model.dtype)


def coefficients(model: CatVtonModel, steps: int, eta: float) -> tuple[list[int], list[tuple[float, ...]]]:
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
    model: CatVtonModel,
    person: Tensor,
    garment: Tensor | Posterior,
    noise: Noise,
    *,
    steps: int,
    guidance: float,
    mask: Tensor | None = None,
    eta: float = 1.0,
    on_step: Callable[[int, int], bool] = lambda _done, _steps: True,
    trace: Trace | None = None,
) -> Tensor:
    """Pictures (B,3,H,W) float32, before clamping, from pixels in -1…1 and a mask (B,1,H,W) of 0 and 1.

    A garment that was encoded before is given as its posterior.

    ``on_step`` is told the steps done, and all, and answers whether to go on; raises PassStopped when it does not.
    """
    factor = float(model.vae.config.scaling_factor)
    seen = encode(model, person if mask is None else person * (mask < 0.5))
    condition = seen.draw(_to(noise.person, model), factor)
    worn = garment if isinstance(garment, Posterior) else encode(model, garment)
    clothes = worn.draw(_to(noise.garment, model), factor)
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
        out = model.denoise(given, clock[i])
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
        if not on_step(i + 1, steps):
            raise PassStopped
    final = latents.chunk(2, axis)[0]
    latent = (final / factor).to(model.vae_dtype)
    decoded: Tensor = model.vae.decode(latent, return_dict=False)[0].float()
    if trace is not None:
        trace.final, trace.decoded = final, decoded
    return decoded


def to_u8(decoded: Tensor) -> Tensor:
    """(B,3,H,W) float to (B,H,W,3) uint8."""
    unit = (decoded / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1)
    return (unit * 255).round().to(torch.uint8).cpu()
