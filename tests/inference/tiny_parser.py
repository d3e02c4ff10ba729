"""A parser of tiny random weights whose last layer is fitted to tell painted colours apart; and a tiny D-FINE."""

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from transformers import DFineConfig, SegformerConfig, SegformerForSemanticSegmentation
from transformers.models.d_fine.modeling_d_fine import DFineForObjectDetection

from inference.engines.cutout.segformer.labels import LABELS
from inference.engines.cutout.segformer.loader import FOLDER
from inference.weights.catalog import MODELS

SIDE = 128
#: What each label is painted in; the rest is white.
COLOURS = {
    "Background": (255, 255, 255), "Upper-clothes": (25, 40, 150), "Pants": (70, 70, 70), "Hair": (60, 30, 10),
    "Face": (235, 190, 160), "Left-arm": (240, 120, 60), "Right-arm": (200, 60, 160), "Dress": (20, 140, 60),
}  # fmt: skip


def paint(shapes: dict[str, tuple[int, int, int, int]], size: tuple[int, int] = (300, 400)) -> Image.Image:
    """Boxes (left, top, right, bottom), in hundredths of the picture, of the labels' colours on white."""
    width, height = size
    pixels = np.full((height, width, 3), 255, np.uint8)
    for name, (left, top, right, bottom) in shapes.items():
        corners = (left * width // 100, top * height // 100), (right * width // 100, bottom * height // 100)
        cv2.rectangle(pixels, *corners, COLOURS[name], -1)
    return Image.fromarray(cv2.GaussianBlur(pixels, (3, 3), 0))


PERSON = {
    "Hair": (42, 4, 58, 9), "Face": (42, 9, 58, 20), "Upper-clothes": (35, 22, 65, 55), "Pants": (37, 55, 63, 95),
    "Left-arm": (66, 24, 74, 60), "Right-arm": (26, 24, 34, 60),
}  # fmt: skip


def said(shapes: dict[str, tuple[int, int, int, int]]) -> np.ndarray:
    """What a sure parser says of such a picture: (labels, 100, 100)."""
    scores = np.full((len(LABELS), 100, 100), 0.001, np.float32)
    scores[0] = 0.97
    for name, (left, top, right, bottom) in shapes.items():
        scores[:, top:bottom, left:right] = 0.001
        scores[LABELS.index(name), top:bottom, left:right] = 0.97
    return scores


def make(root: Path) -> Path:
    """Write a checkpoint below the weight directory ``root``, as it is published; returns ``root``."""
    torch.manual_seed(7)
    config = SegformerConfig(
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={name: number for number, name in enumerate(LABELS)},
        depths=[1, 1, 1, 1],
        hidden_sizes=[64, 16, 16, 16],
        num_attention_heads=[1, 1, 1, 1],
        sr_ratios=[4, 2, 1, 1],
        decoder_hidden_size=256,
    )
    network = SegformerForSemanticSegmentation(config).eval()
    _fit(network)
    folder = root / FOLDER
    network.save_pretrained(folder)
    preprocessor = {"size": {"height": SIDE, "width": SIDE}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return root


@torch.no_grad()
def _fit(network: SegformerForSemanticSegmentation) -> None:
    """Ridge regression of the classifier on what the random layers before it make of painted pictures."""
    random = np.random.default_rng(3)
    features, targets = [], []
    network.decode_head.classifier.register_forward_hook(lambda _m, given, _o: features.append(given[0]))
    for number in range(60):
        labels = np.zeros((SIDE // 4, SIDE // 4), np.int64)
        pixels = np.full((SIDE, SIDE, 3), 255, np.uint8)
        for name in random.permutation(list(COLOURS)):
            x, y = random.integers(0, SIDE // 4 - 6, 2)
            w, h = random.integers(4, 16, 2)
            labels[y : y + h, x : x + w] = LABELS.index(name)
            pixels[4 * y : 4 * (y + h), 4 * x : 4 * (x + w)] = COLOURS[name]
        network(torch.from_numpy(pixels / 255 / 0.5 - 1).permute(2, 0, 1)[None].float())
        targets.append(labels.ravel())
        assert len(features) == number + 1
    known = torch.cat([f.permute(0, 2, 3, 1).flatten(0, 2) for f in features]).double()
    known = torch.cat([known, torch.ones(len(known), 1)], 1)
    wanted = torch.nn.functional.one_hot(torch.from_numpy(np.concatenate(targets)), len(LABELS)).double()
    solved = torch.linalg.solve(known.T @ known + 1e-4 * torch.eye(known.shape[1]), known.T @ wanted) * 12
    network.decode_head.classifier.weight.copy_(solved[:-1].T[..., None, None].float())
    network.decode_head.classifier.bias.copy_(solved[-1].float())
    network.decode_head.classifier._forward_hooks.clear()


DETECTOR_SIDE = 64
DETECTOR_LABELS = {0: "person", 1: "bicycle", 2: "car"}


def make_detector(root: Path, labels: dict[int, str] = DETECTOR_LABELS) -> Path:
    """D-FINE; the folder of its files."""
    torch.manual_seed(0)
    stages = {
        "stem_channels": [3, 4, 4],
        "stage_in_channels": [4, 8, 16, 16],
        "stage_mid_channels": [4, 4, 8, 8],
        "stage_out_channels": [8, 16, 16, 16],
        "stage_num_blocks": [1, 1, 1, 1],
        "stage_downsample": [False, True, True, True],
        "stage_light_block": [False, False, True, True],
        "stage_kernel_size": [3, 3, 5, 5],
        "stage_numb_of_layers": [1, 1, 1, 1],
    }
    config = DFineConfig(
        backbone_config={
            "model_type": "hgnet_v2",
            "out_indices": [2, 3, 4],
            "embedding_size": 8,
            "hidden_sizes": [8, 16, 16, 16],
            "layer_type": "basic",
            **stages,
        },
        id2label=labels,
        encoder_in_channels=[16, 16, 16],
        encoder_hidden_dim=16,
        encoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_in_channels=[16, 16, 16],
        decoder_ffn_dim=16,
        decoder_attention_heads=2,
        decoder_layers=2,
        decoder_n_points=[2, 2, 2],
        d_model=16,
        num_queries=10,
        hidden_expansion=0.5,
        depth_mult=0.34,
    )
    folder = root / MODELS["dfine"].sources[0].folder
    DFineForObjectDetection(config).save_pretrained(folder)
    pixels = {
        "do_normalize": False,
        "do_rescale": True,
        "size": {"height": DETECTOR_SIDE, "width": DETECTOR_SIDE},
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))
    return folder
