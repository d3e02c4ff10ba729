"""Where the weight files lie, relative to the weight directory, and what is special of them. Needs no torch."""

from pathlib import Path

FOLDER = Path("fashn-ai/fashn-vton-1.5")
MODEL_FILE = FOLDER / "model.safetensors"
POSE_FOLDER = Path("yzd-v/DWPose")
DETECTOR_FILE = POSE_FOLDER / "yolox_l.onnx"
POSE_FILE = POSE_FOLDER / "dw-ll_ucoco_384.onnx"
