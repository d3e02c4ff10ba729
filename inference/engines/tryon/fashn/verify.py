"""Compare with recorded pictures: `python -m inference.engines.tryon.fashn.verify DIR` prints a line a case.

Exits 0 when all are within tolerance, else 1.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from inference.engines.tryon.fashn import verify_pictures
from inference.engines.tryon.fashn.network.loader import load
from inference.engines.tryon.fashn.network.transformer import Network, Shape
from inference.engines.tryon.fashn.sampling import (
    Conditions,
    draw,
    prepare,
    sample,
    schedule,
    to_u8,
    velocity,
)
from inference.engines.tryon.fashn.verify_pictures import Canvases
from inference.engines.tryon.verdicts import CaseVerdict, largest, relative, show


def shape_of(model: dict[str, Any]) -> Shape:
    """The numbers of a set's network, as its manifest has them."""
    height, width = model["input_shape"]
    return Shape(
        height=height,
        width=width,
        hidden=model["hidden_size"],
        heads=model["n_heads"],
        mixers=model["patch_mixer_depth"],
        doubles=model["double_blocks_depth"],
        singles=model["single_blocks_depth"],
        ratio=model["mlp_ratio"],
        patch=model["patch_size"],
        classes=model["n_classes"],
        theta=model["theta"],
        axes=tuple(model["axes_dim"]),
    )


def verify(root: Path, device: str = "cpu") -> Iterator[CaseVerdict]:
    """Run every case of a directory laid out by its manifest.json, then what prepares pictures.

    Raises EngineUnavailable for bad weights.
    """
    manifest = json.loads((root / "manifest.json").read_text())
    tolerances = json.loads((root / "tolerances.json").read_text())
    inputs = load_file(root / "inputs.safetensors")
    photos = verify_pictures.Photos(root, manifest)
    shape = shape_of(manifest["model"])
    file = Path("weights/model.safetensors")
    checksums = {file.as_posix(): manifest["weights"][file.as_posix()]["sha256"]}

    @cache
    def network(dtype: str) -> Network:
        kind: torch.dtype = getattr(torch, dtype)
        return load(root, shape, file=file, device=device, dtype=kind, checksums=checksums)

    for name, case in manifest["cases"].items():
        stored = load_file(root / case["file"])
        deviations: dict[str, float] = {}
        if case["kind"] == "photo":
            canvases, deviations = photos.prepare(case, stored)
        else:
            canvases = _prepared(case, inputs)
        deviations |= _run(network(case["dtype"]), case, canvases, stored)
        yield CaseVerdict(name, _within(deviations, tolerances, case["dtype"]), deviations)
    yield from photos.verdicts(tolerances["preprocess"])


def _prepared(case: dict[str, Any], inputs: dict[str, Tensor]) -> Canvases:
    """The canvases that are stored; a flat garment has a blank pose."""

    def row(what: str) -> Tensor:
        return torch.stack([inputs[f"{item}.{what}_u8"] for item in case["items"]])

    worn = [
        inputs[f"{item}.garment_pose_u8" if kind == "model" else "blank_pose_u8"]
        for item, kind in zip(case["items"], case["photo_types"], strict=True)
    ]
    return Canvases(row("person"), row("garment"), row("person_pose"), torch.stack(worn))


def _run(
    network: Network, case: dict[str, Any], canvases: Canvases, stored: dict[str, Tensor]
) -> dict[str, float]:
    batch = case["batch"]
    categories = case.get("category_ids") or [case["category_id"]] * batch
    given = canvases.conditions(torch.tensor(categories))
    guidance = torch.full((batch,), float(case["guidance_scale"]))
    after: list[Tensor] = []
    x = sample(
        network,
        given,
        stored["noise"],
        steps=case["steps"],
        guidance=guidance,
        skip=case["skip_cfg_last_n_steps"],
        trace=after,
    )
    kept = case.get("x_after_steps_stored", range(case["steps"]))
    times = torch.tensor(schedule(case["steps"]), dtype=torch.float64)
    found = {"timesteps_abs": largest(times, stored["timesteps"])}
    if batch == 1 and case["dtype"] == "float32":
        drawn = draw([case["seed"]], (network.shape.height, network.shape.width))
        found["noise_abs"] = float((drawn - stored["noise"]).abs().max())
    found["x_rel"] = relative(torch.stack([after[i] for i in kept]).cpu(), stored["x_after_step"])
    middle = case["mid_step"]
    if middle:
        found["x_before_mid_rel"] = relative(after[middle - 1].cpu(), stored["x_before_mid"])
    found["v_rel"] = max(
        _velocities(network, given, stored["x_before_mid"], float(times[middle]), stored, "mid"),
        _velocities(network, given, stored["noise"], 0.0, stored, "0") if "v_cond_0" in stored else 0.0,
    )
    if case["dtype"] == "float32":
        found |= _inner(network, given, stored, float(times[middle]))
    picture = to_u8(x)
    if canvases.box is not None:
        left, top, right, bottom = canvases.box
        picture = picture[:, top:bottom, left:right]
    apart = (picture.float() - stored["image_u8"].float()).abs()
    return found | {"u8_max": float(apart.max()), "u8_mean": float(apart.mean())}


def _velocities(
    network: Network, given: Conditions, x: Tensor, time: float, stored: dict[str, Tensor], step: str
) -> float:
    both = _both(network, given, x, time).chunk(2)
    wanted = stored[f"v_cond_{step}"], stored[f"v_uncond_{step}"]
    return max(relative(v.cpu(), w) for v, w in zip(both, wanted, strict=True))


def _both(network: Network, given: Conditions, x: Tensor, time: float) -> Tensor:
    known = prepare(network, given, guided=True)
    twice = torch.cat([x, x]).float().to(known.beside.device)
    return velocity(network, twice, time, known)


def _inner(network: Network, given: Conditions, stored: dict[str, Tensor], middle: float) -> dict[str, float]:
    """What the network computes on its way, at the first step and in the middle."""
    worst = 0.0
    for step, x, time in (("step0", stored["noise"], 0.0), ("mid", stored["x_before_mid"], middle)):
        wanted = {key.removeprefix(f"{step}."): t for key, t in stored.items() if key.startswith(f"{step}.")}
        if wanted:
            seen = _watch(network, given, x, time)
            worst = max(worst, *(relative(seen[key].cpu(), tensor) for key, tensor in wanted.items()))
    return {"inner_rel": worst} if worst else {}


def _watch(network: Network, given: Conditions, x: Tensor, time: float) -> dict[str, Tensor]:
    """Outputs of modules by the name that they are stored under."""
    seen: dict[str, Tensor] = {}
    doubles, singles = network.double_blocks, network.single_blocks
    named = {
        "x_embed": network.x_embedder.proj,
        "garment_embed": network.garment_embedder.proj,
        "t_embed": network.t_embedder,
        "y_embed": network.y_embedder,
        "mixer_out": network.x_patch_mixer[-1],
        "double0": doubles[0],
        "double_last": doubles[-1],
        "single0": singles[0],
        "single_last": singles[-1],
        "final": network.final_layer,
    }

    def keep(name: str, out: Any) -> None:
        if isinstance(out, tuple):
            seen[f"{name}_img"], seen[f"{name}_txt"] = out
        else:
            seen[name] = out

    hooks = [
        module.register_forward_hook(lambda _module, _given, out, name=name: keep(name, out))
        for name, module in named.items()
    ]
    try:
        _both(network, given, x, time)
    finally:
        for hook in hooks:
            hook.remove()
    cos, sin = network.turned
    matrices = torch.stack([cos, -sin, sin, cos], -1).view(*cos.shape, 2, 2)
    seen["pe"] = matrices[None, None].expand(2 * len(x), -1, -1, -1, -1, -1)
    return seen


def _within(deviations: dict[str, float], tolerances: dict[str, Any], dtype: str) -> bool:
    limits = tolerances["recommended_fp32" if dtype == "float32" else "bf16_cases"]
    limits = limits.get("recommended", limits) | {"timesteps_abs": 5e-7}
    named = {"u8_max": "image_u8_max", "u8_mean": "image_u8_mean", "x_before_mid_rel": "x_rel"}
    preprocess = tolerances["preprocess"]
    return all(
        value <= (limits[named.get(k, k)] if named.get(k, k) in limits else preprocess[k])
        for k, value in deviations.items()
    )


def main(arguments: list[str]) -> int:
    """0 when every case is within tolerance, else 1."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m inference.engines.tryon.fashn.verify DIR [DEVICE]\n")
        return 1
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return show(verify(Path(arguments[0]), *arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
