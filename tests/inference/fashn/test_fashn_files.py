"""Strict loading: every name, shape and number, or an error that says what is wrong with which file."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from inference.engines.tryon.fashn.network.layout import CONFIG_FILE, MODEL_FILE
from inference.engines.tryon.fashn.network.loader import load
from inference.engines.tryon.fashn.network.transformer import Network, Shape
from inference.errors import EngineUnavailable
from inference.weights.checksums import CHECKSUMS, checksum

BLOCK = "single_blocks.0.linear1.weight"


def test_a_full_size_network_has_the_published_names_and_sizes(golden: Path) -> None:
    with torch.device("meta"):
        network = Network(Shape())
    published = _published_shapes()
    assert {name: tuple(t.shape) for name, t in network.state_dict().items()} == published
    assert len(published) == 366
    unused = network.patch_mixer_token.numel()
    parameters = sum(tensor.numel() for tensor in network.state_dict().values())
    assert (parameters - unused, unused) == (971_813_808, 432)
    # The published file's size, to the byte: a length, a header and two bytes a number.
    begin, header = 0, {}
    for name, size in sorted(published.items()):
        end = begin + 2 * torch.Size(size).numel()
        header[name] = {"dtype": "BF16", "shape": list(size), "data_offsets": [begin, end]}
        begin = end
    listed = json.dumps(header, separators=(",", ":"))
    assert abs(8 + len(listed) + begin - 1_943_668_048) < 8  # the header is padded to eight


def _published_shapes() -> dict[str, tuple[int, ...]]:
    d = 1280

    def linear(name: str, out: int, given: int) -> dict[str, tuple[int, ...]]:
        return {f"{name}.weight": (out, given), f"{name}.bias": (out,)}

    def norms(name: str) -> dict[str, tuple[int, ...]]:
        return {f"{name}.query_norm.scale": (128,), f"{name}.key_norm.scale": (128,)}

    names: dict[str, tuple[int, ...]] = {
        "x_embedder.proj.weight": (d, 7, 12, 12),
        "x_embedder.proj.bias": (d,),
        "garment_embedder.proj.weight": (d, 4, 12, 12),
        "garment_embedder.proj.bias": (d,),
        "y_embedder.weight": (4, d),
        "patch_mixer_token": (1, 1, 432),
    }
    names |= linear("t_embedder.mlp.in_layer", d, 256) | linear("t_embedder.mlp.out_layer", d, d)
    names |= linear("final_layer.linear", 432, d) | linear("final_layer.adaLN_modulation.1", 2 * d, d)
    for block in [f"x_patch_mixer.{i}" for i in range(4)] + [f"single_blocks.{i}" for i in range(16)]:
        names |= linear(f"{block}.linear1", 7 * d, d) | linear(f"{block}.linear2", d, 5 * d)
        names |= norms(f"{block}.norm") | linear(f"{block}.modulation.lin", 3 * d, d)
    for i in range(8):
        for stream in ("img", "txt"):
            block = f"double_blocks.{i}.{stream}_"
            names |= linear(f"{block}mod.lin", 6 * d, d) | linear(f"{block}attn.qkv", 3 * d, d)
            names |= norms(f"{block}attn.norm") | linear(f"{block}attn.proj", d, d)
            names |= linear(f"{block}mlp.0", 4 * d, d) | linear(f"{block}mlp.2", d, 4 * d)
    return names


def _change(how: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        tensors = load_file(path)
        how(tensors)
        save_file(tensors, path)

    return damage


def _poison(tensors: dict[str, torch.Tensor]) -> None:
    tensors[BLOCK][0, 0] = float("nan")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (Path.unlink, "is missing: run `proteus models pull`"),
    "empty": (lambda path: path.write_bytes(b""), "it is empty"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:-100]), "cut short: 1547916 of 1548016"),
    "cut in its list": (lambda path: path.write_bytes(path.read_bytes()[:900]), "within its list of tensors"),
    "pointer": (
        lambda path: path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
        "a pointer of Git LFS",
    ),
    "web page": (lambda path: path.write_text("<!doctype html><title>Sign in</title>"), "a web page"),
    "pickle": (lambda path: torch.save({"weight": torch.zeros(2)}, path), "a zip file"),
    "appended to": (lambda path: path.write_bytes(path.read_bytes() + b"more"), "4 bytes too many"),
    "tensor missing": (_change(lambda t: t.pop(BLOCK)), f"1 tensors missing, first {BLOCK}"),
    "tensor too many": (_change(lambda t: t.update(extra=torch.zeros(1))), "1 surplus tensors, first extra"),
    "wrong shape": (_change(lambda t: t.update({BLOCK: torch.zeros(448, 63)})), r"has shape \(448, 63\)"),
    "integers": (
        _change(lambda t: t.update({BLOCK: torch.zeros(448, 64, dtype=torch.int32)})),
        "is torch.int32",
    ),
    "eight bits": (
        _change(lambda t: t.update({BLOCK: t[BLOCK].to(torch.float8_e4m3fn)})),
        "is torch.float8_e4m3fn, expected bfloat16",
    ),
    "not a number": (_change(_poison), f"1 tensors hold NaN or infinity, first {BLOCK}"),
    "another model": (
        lambda path: save_file({"0.to_q.weight": torch.zeros(2, 2)}, path),
        "another model's file",
    ),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_file_is_refused_with_what_is_wrong_with_it(weights: Path, shape: Shape, how: str) -> None:
    damage, message = DAMAGE[how]
    damage(weights / MODEL_FILE)
    with pytest.raises(EngineUnavailable, match=message) as refused:
        load(weights, shape)
    assert str(refused.value).startswith(str(weights / MODEL_FILE))


def test_each_kind_of_damage_has_its_own_message() -> None:
    assert len({message for _, message in DAMAGE.values()}) == len(DAMAGE) >= 10


def test_another_file_than_the_one_pulled_is_told_apart(weights: Path, shape: Shape) -> None:
    sums = {MODEL_FILE.as_posix(): checksum(weights / MODEL_FILE)}
    (weights / CHECKSUMS).write_text(json.dumps(sums))
    load(weights, shape)
    _change(lambda t: t[BLOCK].add_(1))(weights / MODEL_FILE)
    with pytest.raises(EngineUnavailable, match=f"is not the recorded {sums[MODEL_FILE.as_posix()][:12]}"):
        load(weights, shape)
    assert hashlib.sha256((weights / MODEL_FILE).read_bytes()).hexdigest() not in sums.values()


def test_the_network_of_another_size_is_refused(weights: Path) -> None:
    load(weights)  # its config.json has its numbers
    (weights / CONFIG_FILE).write_text('{"depth": 3}')
    with pytest.raises(EngineUnavailable, match=r"config\.json: .*depth"):
        load(weights)
    (weights / CONFIG_FILE).unlink()
    with pytest.raises(EngineUnavailable, match="tensors missing"):
        load(weights)
