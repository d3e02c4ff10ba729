"""The GPU benchmark runs from a plain checkout, here with tiny weights on a CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


def test_the_benchmark_runs_and_both_ways_make_the_same_pictures(tmp_path: Path, unmeasured: None) -> None:
    command = [sys.executable, "benchmarks/gpu.py", "--tiny", "--dtypes", "--out", str(tmp_path)]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=ROOT, env=kept, check=True, capture_output=True, timeout=600)
    report = json.loads((tmp_path / "gpu.json").read_text())
    assert [row["batch"] for row in report["rows"]] == [1, 3]
    assert all(row["relative_difference"] < 0.001 for row in report["rows"])
    assert set(report["dtypes"]) == {"bf16", "fp16 with an fp32 VAE"}
    assert [row["batch"] for row in report["fashn"]] == [1, 3]
    assert all(row["relative_difference"] < 0.001 for row in report["fashn"])
    shown = (tmp_path / "gpu.md").read_text()
    assert "| 64×48 | 3 | 2 |" in shown and "| 3 | 4 |" in shown


def test_it_asks_for_no_more_than_a_machine_with_torch_has(unmeasured: None) -> None:
    code = (
        "import runpy, sys; runpy.run_path('benchmarks/gpu.py', run_name='imported'); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'pydantic', 'cv2', 'schemas', 'faststream'}))"
    )
    seen = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert seen.stdout.strip() == "[]"
