"""Where the weight files lie, relative to the weight directory, and what is special of them. Needs no torch."""

from pathlib import Path

FOLDER = Path("fashn-ai/fashn-vton-1.5")
MODEL_FILE = FOLDER / "model.safetensors"
#: Numbers of a network that are not the published ones; it is not there for the published weights.
CONFIG_FILE = FOLDER / "config.json"
POSE_FOLDER = Path("yzd-v/DWPose")
DETECTOR_FILE = POSE_FOLDER / "yolox_l.onnx"
POSE_FILE = POSE_FOLDER / "dw-ll_ucoco_384.onnx"
