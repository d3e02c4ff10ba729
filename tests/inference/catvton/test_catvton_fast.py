"""What makes CatVTON faster leaves its pictures as they were."""

import json
from functools import partial
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from inference.engines.tryon.attention import attend, candidates, fastest
from inference.engines.tryon.catvton.compiled import compile_model
from inference.engines.tryon.catvton.fast import FusedSelfAttention, choose_kernels, fuse
from inference.engines.tryon.catvton.loader import load
from inference.engines.tryon.catvton.sampling import draw
from inference.engines.tryon.catvton.verify import _pictures, run_case
from inference.engines.tryon.compiling import compile_modules, fill_up

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


@pytest.mark.parametrize("variant", ["masked", "maskfree"])
@pytest.mark.parametrize("how", ["fused", "padded", "channels-last", "compiled"])
def test_the_recorded_cases_hold(
    golden: Path, variant: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"):
        monkeypatch.setenv(name, str(golden / "unused"))
    manifest = json.loads((golden / "manifest.json").read_text())
    tolerances = json.loads((golden / "tolerances.json").read_text())
    model = load(golden / "weights", variant)
    before = sum(p.numel() for p in model.unet.parameters())
    blocks = fuse(model.unet)
    assert len(blocks) == 16
    assert sum(p.numel() for p in model.unet.parameters()) == before
    if how == "padded":
        for block in blocks:
            block.kernel = (None, 64)
    if how == "channels-last":
        model.unet.to(memory_format=torch.channels_last)
        model.vae.to(memory_format=torch.channels_last)
    if how == "compiled":  # captured whole, block by block; this machine's compiler need not be there
        captured = partial(compile_modules, backend="aot_eager")
        model = compile_model(model, "regional", golden / "unused", captured)
    for name, case in manifest["cases"].items():
        if case["pipeline"] == variant and (how != "compiled" or name.endswith("b1-g2.5")):
            pictures = _pictures(case, load_file(golden / "inputs.safetensors"), {})
            verdict = run_case(name, case, model, pictures, load_file(golden / case["file"]), tolerances)
            assert verdict.passed, verdict


def test_cross_attention_takes_no_memory(golden: Path) -> None:
    model = load(golden / "weights", "maskfree")
    assert not any("attn2" in name for name, _ in model.unet.named_parameters())


@pytest.mark.parametrize("width", [40, 80, 160])
def test_padding_heads_changes_nothing(width: int) -> None:
    q, k, v = (torch.randn(2, 8, 50, width) for _ in range(3))
    expected = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    assert torch.allclose(attend(q, k, v, (None, 256)), expected, atol=1e-5)
    assert (None, None) in list(candidates(width))


def test_kernels_are_chosen_by_measurement_and_those_that_refuse_are_left_out(golden: Path) -> None:
    blocks = fuse(load(golden / "weights", "maskfree").unet)
    times = fastest((2, 8, 64, 40), torch.device("cpu"), torch.float32, rounds=2)
    assert list(times.values()) == sorted(times.values())
    chosen = choose_kernels(blocks, (64, 48), torch.device("cpu"), torch.float32)
    assert set(chosen) == {block.width for block in blocks}
    assert all(isinstance(b, FusedSelfAttention) and b.kernel == chosen[b.width] for b in blocks)


def test_batches_are_filled_up_to_few_sizes_and_off_compiles_nothing(golden: Path) -> None:
    assert [fill_up(count) for count in (1, 2, 3, 5, 8, 9)] == [1, 2, 4, 8, 8, 9]
    model = load(golden / "weights", "maskfree")
    assert compile_model(model, "off", None) is model
    noise = draw([1, 2], (64, 48), -1, 2)
    assert noise.pinned_for(torch.device("cpu")) is noise
