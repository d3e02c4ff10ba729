"""Which model to pull, in one sentence."""

import shutil
import subprocess

from inference.weights.catalog import MODELS


def gpu_gb() -> float | None:
    """Memory of the largest NVIDIA GPU, in GB; None where its driver's tool finds none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
        return max(float(line) for line in said.split()) * 2**20 / 1e9
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def recommend(gpu: float | None, business: bool) -> str:
    """For a GPU of so many GB (None: no GPU), and whether pictures are made for a business."""
    fashn, catvton = MODELS["fashn"], MODELS["catvton"]
    if gpu is None or gpu < fashn.vram_gb:
        have = "Without a GPU" if gpu is None else f"With {gpu:.0f} GB of GPU memory"
        return f"{have}, pull nothing: previews come from puppet; {fashn.title} needs {fashn.vram_gb:g} GB."
    sentence = f"With {gpu:.0f} GB of GPU memory, pull fashn ({fashn.title}, {fashn.license})"
    if business:
        return f"{sentence}: it is the one that a business may use."
    if gpu < catvton.vram_gb:
        return f"{sentence}: {catvton.title} needs {catvton.vram_gb:g} GB."
    return f"{sentence}, and catvton ({catvton.license}) if you want to compare: your use allows both."
