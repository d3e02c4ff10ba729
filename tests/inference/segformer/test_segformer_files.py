"""A parser's files: what is wrong with them is said at the start, by name."""

import json

import pytest
import torch
from engines_told import told
from safetensors.torch import load_file, save_file

from inference.engines.cutout.segformer.choice import SegFormerOptions, available
from inference.engines.cutout.segformer.labels import LABELS
from inference.engines.cutout.segformer.loader import FOLDER, load
from inference.engines.cutout.segformer.runtimes import choose
from inference.errors import EngineUnavailable
from inference.registry import create
from inference.weights.checksums import record_checksum
from inference.weights.licences import accept

ACCEPTED = frozenset({"noncommercial"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"4": "Pants", "6": "Upper-clothes"}, "label 4 is 'Pants', expected 'Upper-clothes'"),
        ({"17": "Shawl"}, "label 17 is 'Shawl', expected 'Scarf'"),
        ({"18": "Glove"}, "19 labels, expected 18"),
    ],
)
def test_labels_that_mean_something_else_are_refused(root, change, why):
    path = root / FOLDER / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = {str(k): v for k, v in enumerate(LABELS)} | change
    config["label2id"] = {v: int(k) for k, v in config["id2label"].items()}
    path.write_text(json.dumps(config))
    with pytest.raises(EngineUnavailable, match=f"config.json: {why}"):
        load(root)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("missing", "1 tensors missing"),
        ("surplus", "1 tensors surplus"),
        ("shape", "1 tensors of the wrong shape"),
        ("truncated", "cannot be read"),
        ("absent", "is missing: run `proteus models pull`"),
        ("other", "checksum"),
    ],
)
def test_a_wrong_file_is_refused_by_name(root, how, why):
    path = root / FOLDER / "model.safetensors"
    tensors = load_file(path)
    if how == "truncated":
        path.write_bytes(path.read_bytes()[:-1000])
    elif how == "absent":
        path.unlink()
    elif how == "other":
        record_checksum(root, f"{FOLDER}/model.safetensors", "0" * 64)
    else:
        first = sorted(tensors)[0]
        if how == "missing":
            del tensors[first]
        else:
            tensors["surplus" if how == "surplus" else first] = torch.zeros(2, 3)
        save_file(tensors, path, {"format": "pt"})
    with pytest.raises(EngineUnavailable, match=f"model.safetensors.*{why}"):
        load(root)


def test_a_config_that_is_no_json_is_refused(root):
    (root / FOLDER / "config.json").write_text("{")
    with pytest.raises(EngineUnavailable, match=r"config\.json: cannot be read"):
        load(root)


def test_auto_says_what_is_missing_and_chooses_it_when_nothing_is(root, tmp_path):
    assert available(SegFormerOptions()) == "PROTEUS_WEIGHTS_DIR is not set"
    _, why = create("tailor", "auto", told(weights_dir=tmp_path / "empty"))
    assert why.startswith("no segformer: its weights are not on disk") and why.endswith("so grabcut")
    _, why = create("tailor", "auto", told(weights_dir=root))
    assert "PROTEUS_ALLOW_LICENSES=noncommercial" in why
    refused, _ = create("tailor", "segformer", told(weights_dir=root))
    with pytest.raises(EngineUnavailable, match="PROTEUS_ALLOW_LICENSES=noncommercial"):
        refused.load()
    accept(root, "noncommercial")
    engine, why = create("tailor", "auto", told(weights_dir=root))
    assert (engine.info.name, why) == ("segformer", "segformer is available")


def test_an_unknown_runtime_is_refused_with_the_known_ones(root):
    with pytest.raises(EngineUnavailable, match="choose one of auto, openvino, openvino-bf16, torch"):
        choose(load(root), "magic", "cpu")
