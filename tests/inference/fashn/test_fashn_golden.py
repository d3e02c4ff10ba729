"""FASHN VTON against cases recorded from the published model's mathematics on tiny weights."""

import json
import shutil
from pathlib import Path

import pytest

from inference.engines.tryon.fashn.verify import main, verify


@pytest.mark.timeout(400)  # ten seconds on two idle cores
def test_every_recorded_case_is_within_tolerance(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(golden)]) == 0
    lines = capsys.readouterr().out.splitlines()
    manifest = json.loads((golden / "manifest.json").read_text())
    said = [line.split()[:2] for line in lines]
    assert said[: len(manifest["cases"])] == [["ok", name] for name in manifest["cases"]]
    prepared = {key.split(".")[0] for key in manifest["preprocess"]} | {"sizes"}
    assert {line.split()[2] for line in lines if line.startswith("ok   preprocess")} == prepared


@pytest.mark.parametrize(
    "wrong",
    [
        {"theta": 9000},  # other positions
        {"skip_cfg_last_n_steps": 0},  # guidance to the end
        {"guidance_scale": 1.6},
        {"category_ids": [2]},
        {"photo_types": ["flat-lay"]},  # no pose of the garment
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_differs_from_the_recorded_mathematics_is_found(
    golden: Path, tmp_path: Path, wrong: dict[str, object]
) -> None:
    copy = tmp_path / "set"
    shutil.copytree(golden, copy)
    manifest = json.loads((golden / "manifest.json").read_text())
    case = manifest["cases"]["tops-model-b1-g1.5"]
    for name, value in wrong.items():
        (case if name in case else manifest["model"])[name] = value
    manifest["cases"] = {"changed": {**case, "x_after_steps_stored": [0, 1, 2, 3]}}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    verdict = next(iter(verify(copy)))
    assert verdict.case == "changed" and not verdict.passed


def test_what_is_wrong_with_a_directory_is_one_line(
    weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    assert main([str(weights)]) == 1
    assert "manifest.json" in capsys.readouterr().err
