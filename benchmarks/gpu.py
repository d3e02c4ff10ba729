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
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import gpu_fashn
from benchmarks.gpu_catvton import (
    FLOPS,
    GUIDANCE,
    CatVtonBatch,
    make_job,
    make_ours,
    make_reference,
    run_ours,
    run_reference,
)
from inference.engines.tryon.attention import fastest
from inference.engines.tryon.catvton.loader import CatVtonModel


def measure(run, model: CatVtonModel, job: CatVtonBatch, rounds: int) -> tuple[float, float, torch.Tensor]:
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
