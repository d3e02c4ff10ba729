"""CatVTON against cases recorded from the published model's mathematics on tiny weights."""

import json
from pathlib import Path

import pytest
import torch

from inference.engines.tryon.catvton import attention, loader
from inference.engines.tryon.catvton.verify import main, verify

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


def _everywhere(golden: Path) -> Path:
    """All recorded cases, where some directory above has them; else those of this checkout."""
    places = (parent / "shared/catvton/golden" for parent in Path(__file__).parents)
    return next((place for place in places if place.exists()), golden)


def test_every_recorded_case_is_within_tolerance(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for root in {golden, _everywhere(golden)}:
        assert main([str(root)]) == 0
        lines = capsys.readouterr().out.splitlines()
        cases = json.loads((root / "manifest.json").read_text())["cases"]
        assert [line.split()[:2] for line in lines] == [["ok", name] for name in cases]


def test_a_mid_block_in_the_wrong_place_fails_every_fp32_case(
    golden: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def misplaced(unet: torch.nn.Module) -> list[torch.nn.Module]:
        blocks = attention.attention_blocks(unet)
        return [*blocks[:6], blocks[-1], *blocks[6:-1]]  # the mid block between down and up

    monkeypatch.setattr(loader, "attention_blocks", misplaced)
    with pytest.raises(loader.EngineUnavailable, match="has shape"):
        list(verify(golden))  # sizes differ further on…

    def swapped(unet: torch.nn.Module) -> list[torch.nn.Module]:
        blocks = attention.attention_blocks(unet)
        return [*blocks[:6], blocks[-1], *blocks[7:-1], blocks[6]]  # …but these two are of one size

    monkeypatch.setattr(loader, "attention_blocks", swapped)
    verdicts = list(verify(golden))
    assert verdicts and not any(verdict.passed for verdict in verdicts)


def test_what_is_wrong_with_a_directory_is_one_line(
    weights: Path, golden: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    assert main([str(weights)]) == 1  # has no manifest
    assert "manifest.json" in capsys.readouterr().err
