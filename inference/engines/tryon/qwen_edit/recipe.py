"""Qwen-Image-Edit-2511: the garment and the person as pictures, an instruction in words."""

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    QwenImageEditPlusPipeline,
    QwenImageTransformer2DModel,
)
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer, Qwen2VLProcessor
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.processing_utils import ProcessorMixin

from inference.engines.strict import load_part, load_words
from inference.engines.tryon.pipelines.engine import FramedItem, Pass, Recipe
from inference.engines.tryon.pipelines.words import GARMENT
from inference.weights.catalog import MODELS

_MODEL = MODELS["qwen_edit"]


def _load(root: Path, device: str, dtype: torch.dtype) -> Any:
    """The text encoder stays: it sees the pictures, too."""
    folder = root / _MODEL.sources[0].folder
    tokenizer = load_words(Qwen2Tokenizer, folder / "tokenizer")
    pipeline: Any = QwenImageEditPlusPipeline(
        scheduler=load_words(FlowMatchEulerDiscreteScheduler, folder / "scheduler"),
        vae=load_part(AutoencoderKLQwenImage, folder / "vae", torch_dtype=dtype),
        text_encoder=load_part(Qwen2_5_VLForConditionalGeneration, folder / "text_encoder", dtype=dtype),
        tokenizer=tokenizer,
        processor=Processor(load_words(Qwen2VLImageProcessorPil, folder / "processor"), tokenizer),
        transformer=load_part(QwenImageTransformer2DModel, folder / "transformer", torch_dtype=dtype),
    )
    return pipeline.to(device)


class Processor(Qwen2VLProcessor):
    """Of pictures and words, without the part for videos: that would ask for torchvision."""

    def __init__(self, image_processor: Any, tokenizer: Any) -> None:
        self.image_token, self.video_token = "<|image_pad|>", "<|video_pad|>"
        self.image_token_id, self.video_token_id = (
            tokenizer.convert_tokens_to_ids(token) for token in (self.image_token, self.video_token)
        )
        ProcessorMixin.__init__(self, image_processor, tokenizer)


def _edit(pipeline: Any, rows: list[FramedItem], one: Pass) -> Tensor:
    (row,) = rows
    words = GARMENT[row.item.params.garment]
    found: Tensor = pipeline(
        image=[row.garment, row.frame.picture],  # the last one gives the shape
        prompt=f"The person in picture 2 wears the {words} from picture 1. "
        "Keep the person's face, hair, pose, body shape and background exactly as in picture 2.",
        negative_prompt=" " if one.guidance > 1 else None,
        true_cfg_scale=max(1.0, one.guidance),
        generator=one.generators[0],
        **one.arguments,
    ).images
    return found


#: One picture a pass: the pipeline refuses more than one prompt.
RECIPE = Recipe(model=_MODEL, steps=40, guidance=4.0, load=_load, call=_edit, multiple=16, max_batch=1)
