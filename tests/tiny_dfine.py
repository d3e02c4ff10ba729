"""D-FINE in tiny, with random weights, laid out as `proteus models pull dfine` does."""

import json
from pathlib import Path

import torch
from transformers import DFineConfig
from transformers.models.d_fine.modeling_d_fine import DFineForObjectDetection

from inference.weights.catalog import MODELS

SIDE = 64
LABELS = {0: "person", 1: "bicycle", 2: "car"}


def make(root: Path, labels: dict[int, str] = LABELS) -> Path:
    """The folder of its files below the weight directory."""
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
    pixels = {"do_normalize": False, "do_rescale": True, "size": {"height": SIDE, "width": SIDE}}
    (folder / "preprocessor_config.json").write_text(json.dumps(pixels))
    return folder
