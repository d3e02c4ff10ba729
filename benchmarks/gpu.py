"""FASHN VTON and CatVTON on a GPU: the references' way of running against ours, on full-size random weights.

`python benchmarks/gpu.py` writes `build/gpu/gpu.json` and `gpu.md`. It downloads nothing, and needs torch, transformers
and diffusers and nothing else of Proteus's requirements. `--tiny` runs the same on a CPU, to see that it runs.
"""

import argparse
import json
import statistics
import sys
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from benchmarks import gpu_fashn
from inference.engines.tryon.attention import fastest
from inference.engines.tryon.catvton.attention import attention_blocks, remove_cross_attention
from inference.engines.tryon.catvton.compiled import compile_model
from inference.engines.tryon.catvton.fast import choose_kernels, fuse
from inference.engines.tryon.catvton.loader import CatVtonModel
from inference.engines.tryon.catvton.sampling import Noise, draw, encode, sample, to_u8

GUIDANCE = 2.5
#: TFLOP by (height, width), counted: a UNet forward pass of one sample, a VAE encoding, a VAE decoding.
FLOPS = {
    (1024, 768): (8.302, 3.556, 7.750),
    (768, 576): (3.585, 1.924, 4.283),
    (512, 384): (1.249, 0.831, 1.879),
}


@dataclass(frozen=True)
class Job:
    """Pictures, noise and what to do with them; batch first."""

    size: tuple[int, int]
    steps: int
    person: torch.Tensor
    garment: torch.Tensor
    noise: Noise

    def row(self, n: int) -> "Job":
        """One picture of the batch."""
        noise = Noise(*(t[n : n + 1] for t in (self.noise.person, self.noise.garment, self.noise.initial)),
                      self.noise.steps[:, n : n + 1])  # fmt: skip
        return replace(self, person=self.person[n : n + 1], garment=self.garment[n : n + 1], noise=noise)


def build(device: torch.device, dtype: torch.dtype, tiny: bool) -> CatVtonModel:
    """The mask-free model, its weights random: two calls give equal weights."""
    torch.manual_seed(0)
    if tiny:
        unet = UNet2DConditionModel(
            in_channels=8, cross_attention_dim=16, block_out_channels=(16, 16, 32, 32), norm_num_groups=8,
            attention_head_dim=4, layers_per_block=2,
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=(8, 8, 8, 8), norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4,
        )  # fmt: skip
    else:
        with device:
            unet = UNet2DConditionModel(in_channels=8, cross_attention_dim=768)
            vae = AutoencoderKL(
                block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4,
            )  # fmt: skip
    vae_dtype = torch.float32 if dtype is torch.float16 else dtype
    unet.to(device, dtype).eval().requires_grad_(False)
    vae.to(device, vae_dtype).eval().requires_grad_(False)
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip
    return CatVtonModel("maskfree", unet, vae, scheduler, device, dtype, vae_dtype)


def make_job(model: CatVtonModel, size: tuple[int, int], batch: int, steps: int) -> Job:
    """Smooth random pictures and the noise of ``batch`` seeds."""
    generator = torch.Generator().manual_seed(1)
    small = torch.rand(2 * batch, 3, 8, 6, generator=generator) * 2 - 1  # a person, a garment, a person, …
    pictures = torch.nn.functional.interpolate(small, size, mode="bicubic").clamp(-1, 1)
    noise = draw(range(batch), size, model.axis, steps).pinned_for(model.device)
    return Job(size, steps, pictures[0::2], pictures[1::2], noise)


@torch.inference_mode()
def run_reference(model: CatVtonModel, job: Job) -> torch.Tensor:
    """One picture after the other, eagerly: the scheduler's own step, attention as torch does it by default."""
    done = []
    for n in range(len(job.person)):
        one, axis = job.row(n), model.axis
        factor = model.vae.config.scaling_factor
        on = {"device": model.device, "dtype": model.dtype}
        person = encode(model, one.person).draw(one.noise.person.to(**on), factor)
        cloth = encode(model, one.garment).draw(one.noise.garment.to(**on), factor)
        known = torch.cat(
            [torch.cat([person, torch.zeros_like(cloth)], axis), torch.cat([person, cloth], axis)]
        )
        latents = one.noise.initial.to(**on)
        model.scheduler.set_timesteps(job.steps, device=model.device)
        for i, now in enumerate(model.scheduler.timesteps):
            given = torch.cat([torch.cat([latents] * 2), known], 1)
            without, with_ = model.unet(given, now, encoder_hidden_states=None, return_dict=False)[0].chunk(2)
            eps = without + GUIDANCE * (with_ - without)
            latents = model.scheduler.step(
                eps, now, latents, eta=1.0, variance_noise=one.noise.steps[i].to(**on)
            ).prev_sample
        final = latents.chunk(2, axis)[0] / factor
        done.append(to_u8(model.vae.decode(final.to(model.vae_dtype), return_dict=False)[0].float()))
    return torch.cat(done)


def run_ours(model: CatVtonModel, job: Job) -> torch.Tensor:
    """All pictures in one batch."""
    decoded = sample(
        model, job.person, job.garment, job.noise, steps=job.steps, guidance=GUIDANCE
    )  # fmt: skip
    return to_u8(decoded)


def make_reference(device: torch.device, dtype: torch.dtype, tiny: bool) -> CatVtonModel:
    """Cross-attention skipped but its weights kept, as the reference has it."""

    class Skip:
        def __call__(self, _attention, hidden_states, *_args, **_kwargs):
            return hidden_states

    model = build(device, dtype, tiny)
    for module in model.unet.modules():
        if getattr(module, "attn2", None) is not None:
            module.attn2.set_processor(Skip())
    return model


def make_ours(device: torch.device, dtype: torch.dtype, tiny: bool, how: str, kernels: bool) -> CatVtonModel:
    """What the engine loads."""
    model = build(device, dtype, tiny)
    remove_cross_attention(model.unet)
    assert len(attention_blocks(model.unet)) == 16
    blocks = fuse(model.unet)
    model.unet.to(memory_format=torch.channels_last)
    if kernels:
        print("attention kernels:", choose_kernels(blocks, (1024, 768), device, dtype), flush=True)
    return compile_model(model, how, Path("build/gpu/compiled"))


def measure(run, model: CatVtonModel, job: Job, rounds: int) -> tuple[float, float, torch.Tensor]:
    """Median seconds after a warm-up, peak GiB, and the pictures."""
    cuda = model.device.type == "cuda"
    run(model, replace(job, steps=2, noise=replace(job.noise, steps=job.noise.steps[:2])))
    out = run(model, job)
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        out = run(model, job)  # ends with a copy to the host, so it waits
        taken.append(time.perf_counter() - start)
    peak = torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0
    return statistics.median(taken), peak, out


def compare_dtypes(device: torch.device, tiny: bool, size: tuple[int, int], steps: int) -> dict[str, float]:
    """Mean difference from float32, 0…255, of pictures made with fewer bits."""
    pictures = {}
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        model = make_ours(device, dtype, tiny, "off", False)
        pictures[dtype] = run_ours(model, make_job(model, size, 1, steps)).float()
    exact = pictures.pop(torch.float32)
    names = {torch.bfloat16: "bf16", torch.float16: "fp16 with an fp32 VAE"}
    return {names[dtype]: float((found - exact).abs().mean()) for dtype, found in pictures.items()}


def matmul_peak(device: torch.device, dtype: torch.dtype, side: int) -> float:
    """TFLOP/s of a square product, the best of ten."""
    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    best = float("inf")
    for _ in range(12):
        if device.type == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best / 1e12


def markdown(report: dict) -> str:
    """The report as a table."""
    head = (
        f"{report['device']}, torch {report['torch']}, {report['dtype']}, compile {report['compile']}, "
        f"matmul peak {report['matmul_tflops']:.0f} TFLOP/s, guidance {GUIDANCE}\n\n"
    )
    table = ["| size | batch | steps | reference, s a picture | ours, s a picture | pictures/s | speed-up "
             "| peak GiB | of the floor | difference |", "|---|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in report["rows"]:
        floor = f"{row['floor_fraction']:.0%}" if row["floor_fraction"] else ""
        table.append(
            f"| {row['size'][0]}×{row['size'][1]} | {row['batch']} | {row['steps']} | {row['reference_s']:.3f} "
            f"| {row['ours_s']:.3f} | {1 / row['ours_s']:.2f} | {row['speed_up']:.2f} | {row['peak_gib']:.1f} "
            f"| {floor} | {row['relative_difference']:.3f} |"
        )
    kernels = ["", "Attention, ms by kernel (backend, heads padded to):", ""]
    for width, times in report["attention"].items():
        kernels.append(f"- width {width}: " + ", ".join(f"{k} {1000 * v:.2f}" for k, v in times.items()))
    apart = ["", "Mean difference from float32, 0…255: "]
    apart += [f"- {name}: {value:.2f}" for name, value in report["dtypes"].items()]
    table += kernels if report["attention"] else []
    catvton = "\n".join(["CatVTON:", "", *table, *(apart if report["dtypes"] else [])]) + "\n"
    return head + catvton * bool(report["rows"]) + gpu_fashn.markdown(report["fashn"]) * bool(report["fashn"])


def main() -> None:
    options = _options()
    device = torch.device(options.device)
    dtype = getattr(torch, options.dtype)
    warnings.simplefilter("ignore")
    sizes = [tuple(int(side) for side in size.split("x")) for size in options.sizes.split(",")]
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU (says nothing of a GPU)"
    report = {
        "device": name, "torch": torch.__version__, "dtype": options.dtype, "compile": options.compile,
        "matmul_tflops": matmul_peak(device, dtype, 256 if options.tiny else 8192), "rows": [],
        "attention": {}, "dtypes": {}, "fashn": [],
    }  # fmt: skip
    options.out.mkdir(parents=True, exist_ok=True)

    def write() -> None:
        (options.out / "gpu.json").write_text(json.dumps(report, indent=1) + "\n")
        (options.out / "gpu.md").write_text(markdown(report))

    begun = time.monotonic()
    batches = [int(batch) for batch in options.batches.split(",")]
    if "fashn" in options.engines:
        how = (
            "regional" if options.compile == "full" else options.compile
        )  # each kind of block, as was measured
        until = begun + options.budget / (2 if "catvton" in options.engines else 1)
        for row in gpu_fashn.rows(
            device, dtype, options.tiny, how, options.fashn_steps, batches, options.rounds,
            report["matmul_tflops"], until,
        ):  # fmt: skip
            report["fashn"].append(row)
            print(row, flush=True)
            write()
    if "catvton" not in options.engines:
        write()
        print(markdown(report))
        return
    if device.type == "cuda":
        torch.cuda.empty_cache()
        for level, width in enumerate((40, 80, 160)):
            shape = (2, 8, 24_576 // 4**level, width)
            times = fastest(shape, device, dtype)
            named = {f"{b.name if b else 'default'}/{p or width}": t for (b, p), t in times.items()}
            report["attention"][width] = named
    reference = make_reference(device, dtype, options.tiny)
    ours = make_ours(device, dtype, options.tiny, options.compile, device.type == "cuda")
    if options.dtypes:
        report["dtypes"] = compare_dtypes(device, options.tiny, sizes[-1], int(options.steps.split(",")[0]))
    for size in sizes:
        for steps in map(int, options.steps.split(",")):
            alone = None  # the reference has no batches: its time a picture is that of one
            for batch in batches:
                if time.monotonic() - begun > options.budget:
                    report["stopped"] = f"after {options.budget} s"
                    continue
                job = make_job(ours, size, batch, steps)
                if alone is None:
                    alone = measure(run_reference, reference, job.row(0), options.rounds)
                taken, peak, pictures = measure(run_ours, ours, job, options.rounds)
                apart = (pictures[:1].float() - alone[2].float()).abs().mean() / alone[2].float().mean()
                floor = 0.0
                if size in FLOPS and not options.tiny:
                    unet, encoding, decoding = FLOPS[size]
                    work = steps * 2 * unet + 2 * encoding + decoding
                    floor = work / report["matmul_tflops"] / (taken / batch)
                row = {
                    "size": size, "batch": batch, "steps": steps, "reference_s": alone[0],
                    "ours_s": taken / batch, "speed_up": alone[0] / (taken / batch), "peak_gib": peak,
                    "reference_peak_gib": alone[1], "floor_fraction": floor, "relative_difference": float(apart),
                }  # fmt: skip
                report["rows"].append(row)
                print(row, flush=True)
                write()
    write()
    print(markdown(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", action="store_true", help="tiny weights on the CPU: a smoke test")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", choices=("bfloat16", "float16", "float32"), default="bfloat16")
    parser.add_argument("--compile", choices=("off", "regional", "full"), default="full")
    parser.add_argument("--engines", default="fashn,catvton")
    parser.add_argument("--fashn-steps", type=int, default=30)
    parser.add_argument("--sizes", default="1024x768,768x576", help="height x width")
    parser.add_argument("--batches", default="1,2,4,8")
    parser.add_argument("--steps", default="20")
    parser.add_argument("--dtypes", action="store_true", help="compare bf16 and fp16 with float32, too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=420, help="seconds after which no row is begun")
    parser.add_argument("--out", type=Path, default=Path("build/gpu"))
    options = parser.parse_args()
    if options.tiny:
        tiny = {"device": "cpu", "dtype": "float32", "compile": "off", "sizes": "64x48", "batches": "1,3"}
        vars(options).update(tiny, steps="2", fashn_steps=4, rounds=1)
    elif options.device.startswith("cuda") and not torch.cuda.is_available():
        parser.error("there is no GPU here; --tiny runs on a CPU")
    return options


if __name__ == "__main__":
    main()
