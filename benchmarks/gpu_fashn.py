"""FASHN VTON on a GPU: the reference's way of running against ours. A part of benchmarks/gpu.py.

It needs torch and nothing else of Proteus's requirements.
"""

import statistics
import time
from dataclasses import dataclass, replace

import torch

from inference.engines.tryon.attention import fastest
from inference.engines.tryon.compiling import compile_modules
from inference.engines.tryon.fashn.network.blocks import DoubleBlock, SingleBlock
from inference.engines.tryon.fashn.network.transformer import Network, Shape
from inference.engines.tryon.fashn.sampling import (
    SKIP,
    Conditions,
    draw,
    prepare,
    sample,
    schedule,
    table,
    to_u8,
    velocity,
)  # fmt: skip

GUIDANCE = 1.5
#: TFLOP of a forward pass of one picture without its other half, counted at the released shape.
FLOPS = 13.20
TINY = Shape(
    height=60, width=36, hidden=64, heads=4, mixers=2, doubles=2, singles=3, axes=(4, 6, 6)
)  # fmt: skip


@dataclass(frozen=True)
class FashnBatch:
    """Pictures, noise and steps; batch first."""

    steps: int
    given: Conditions
    noise: torch.Tensor

    def row(self, n: int) -> "FashnBatch":
        """One picture of the batch."""
        one = {name: tensor[n : n + 1] for name, tensor in vars(self.given).items()}
        return replace(self, given=Conditions(**one), noise=self.noise[n : n + 1])


def build(device: torch.device, dtype: torch.dtype, tiny: bool) -> Network:
    """The network, its weights random and made where it runs: two calls give equal weights."""
    torch.manual_seed(0)
    with device:
        network = Network(TINY if tiny else Shape())
    network.to(device, dtype).eval().requires_grad_(False)
    network.place()
    return network


def make_ours(
    device: torch.device, dtype: torch.dtype, tiny: bool, how: str
) -> tuple[Network, dict[str, float]]:
    """What the engine loads, and milliseconds by attention kernel, fastest first."""
    network = build(device, dtype, tiny)
    blocks = [module for module in network.modules() if isinstance(module, SingleBlock | DoubleBlock)]
    times = {}
    if device.type == "cuda":
        rows, columns = network.shape.grid
        width = network.shape.hidden // network.shape.heads
        times = fastest((2, network.shape.heads, 2 * rows * columns, width), device, dtype)
        for block in blocks:
            block.kernel = next(iter(times))
    if how != "off":
        compile_modules([network] if how == "full" else blocks)
    return network, {b.name if b else "default": 1000 * t for (b, _), t in times.items()}


def make_job(network: Network, batch: int, steps: int) -> FashnBatch:
    """Smooth random pictures of every category and the noise of ``batch`` seeds."""
    generator = torch.Generator().manual_seed(1)
    size = network.shape.height, network.shape.width
    small = torch.rand(2 * batch, 3, 8, 6, generator=generator) * 2 - 1
    pictures = torch.nn.functional.interpolate(small, size, mode="bicubic").clamp(-1, 1)
    blank = torch.full((batch, 1, *size), -1.0)
    category = torch.arange(batch) % network.shape.classes + 1
    return FashnBatch(
        steps, Conditions(pictures[0::2], pictures[1::2], blank, blank, category), draw(range(batch), size)
    )


@torch.inference_mode()
def run_reference(network: Network, job: FashnBatch) -> torch.Tensor:
    """One picture after the other, eagerly: both halves at every step, all modulation worked out each time."""
    done = []
    for n in range(len(job.noise)):
        one = job.row(n)
        known = prepare(network, one.given, guided=True)
        x, times = one.noise.to(known.beside.device), schedule(job.steps)
        for i in range(job.steps):
            with_, without = velocity(network, torch.cat([x, x]), times[i], known).chunk(2)
            found = with_ if i >= job.steps - SKIP else without + GUIDANCE * (with_ - without)
            x = x + (times[i + 1] - times[i]) * found
        done.append(to_u8(x))
    return torch.cat(done)


def run_ours(network: Network, job: FashnBatch, modulations: torch.Tensor) -> torch.Tensor:
    """All pictures in one batch; ``modulations`` are the schedule's, which the engine keeps."""
    guidance = torch.full((len(job.noise),), GUIDANCE)
    return to_u8(
        sample(network, job.given, job.noise, steps=job.steps, guidance=guidance, modulations=modulations)
    )


def rows(
    device: torch.device, dtype: torch.dtype, tiny: bool, how: str, steps: int, batches: list[int],
    rounds: int, peak: float, until: float,
):  # fmt: skip
    """A dict for each batch size, as long as time.monotonic() is below ``until``."""
    alone, pictures = _reference(device, dtype, tiny, steps, rounds)
    begun = time.perf_counter()
    ours, attention = make_ours(device, dtype, tiny, how)
    loaded = time.perf_counter() - begun
    modulations = table(ours, steps)
    for batch in batches:
        if time.monotonic() > until:
            return
        job = make_job(ours, batch, steps)
        begun = time.perf_counter()
        run_ours(ours, replace(job, steps=2), table(ours, 2))  # compiles both widths of a pass
        first = time.perf_counter() - begun
        taken, made = _measure(lambda job=job: run_ours(ours, job, modulations), device, rounds)
        work = (2 * steps - SKIP) * FLOPS
        yield {
            "batch": batch, "steps": steps, "reference_s": alone, "ours_s": taken / batch,
            "speed_up": alone * batch / taken, "first_pass_s": first, "made_s": loaded, "attention_ms": attention,
            "peak_gib": torch.cuda.max_memory_allocated() / 2**30 if device.type == "cuda" else 0.0,
            "reference_floor_fraction": 0.0 if tiny else 2 * steps * FLOPS / peak / alone,
            "floor_fraction": 0.0 if tiny else work / peak / (taken / batch),
            "relative_difference": float((made[:1].float() - pictures.float()).abs().mean() / pictures.float().mean()),
        }  # fmt: skip


def _reference(
    device: torch.device, dtype: torch.dtype, tiny: bool, steps: int, rounds: int
) -> tuple[float, torch.Tensor]:
    """Its time and its picture; its weights are gone afterwards."""
    network = build(device, dtype, tiny)
    return _measure(lambda: run_reference(network, make_job(network, 1, steps)), device, rounds)


def _measure(run, device: torch.device, rounds: int) -> tuple[float, torch.Tensor]:
    """Median seconds after a warm-up, and the pictures. Each run ends with a copy to the host, so it waits."""
    out = run()
    if device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        out = run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken), out


def markdown(found: list[dict]) -> str:
    """A table, and the attention kernels below it."""
    lines = ["", "FASHN VTON, 864×576:", "",
             "| batch | steps | reference, s a picture | of the floor | ours, s a picture | of the floor | speed-up "
             "| peak GiB | first pass, s | difference |", "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in found:
        floors = [f"{row[k]:.0%}" if row[k] else "" for k in ("reference_floor_fraction", "floor_fraction")]
        lines.append(
            f"| {row['batch']} | {row['steps']} | {row['reference_s']:.3f} | {floors[0]} | {row['ours_s']:.3f} "
            f"| {floors[1]} | {row['speed_up']:.2f} | {row['peak_gib']:.1f} | {row['first_pass_s']:.1f} "
            f"| {row['relative_difference']:.3f} |"
        )
    if found and found[0]["attention_ms"]:
        kernels = ", ".join(f"{name} {ms:.2f}" for name, ms in found[0]["attention_ms"].items())
        lines += ["", f"Attention, ms by kernel: {kernels}"]
    return "\n".join(lines) + "\n"
