"""FLUX.2 klein 4B, distilled to four steps: the person and the garment as reference pictures, or a mask to paint in."""

import logging
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from diffusers import (
    AutoencoderKLFlux2,
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinInpaintPipeline,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from torch import Tensor
from transformers import Qwen2Tokenizer, Qwen3ForCausalLM

from inference.engines.strict import load_part, load_words
from inference.engines.tryon.pipelines.engine import FramedItem, Pass, Recipe
from inference.engines.tryon.pipelines.prompts import kept
from inference.engines.tryon.pipelines.words import GARMENT
from inference.weights.catalog import MODELS

log = logging.getLogger(__name__)

_MODEL = MODELS["klein"]
_FOLDER = _MODEL.sources[0].folder
_PROMPTS = {
    part.value: f"The person in image 1 wears the {words} from image 2. "
    "Keep the person's face, hair, pose, body shape and background exactly as in image 1."
    for part, words in GARMENT.items()
}
Variant = Literal["reference", "inpaint"]


def recipe(variant: Variant) -> Recipe:
    """One picture a pass: a list of prompts would share one set of pictures."""
    return Recipe(
        model=_MODEL,
        steps=4,
        guidance=1.0,  # ignored: it was distilled
        load=partial(_load, variant),
        call=_paint if variant == "inpaint" else _edit,
        max_batch=1,
        masked=variant == "inpaint",
    )


def _load(variant: Variant, root: Path, device: str, dtype: torch.dtype) -> Any:
    """The pipeline without its text encoder: what that makes of the prompts is kept."""
    folder = root / _FOLDER

    def encode() -> dict[str, Tensor]:
        tokenizer = load_words(Qwen2Tokenizer, folder / "tokenizer")
        encoder = load_part(Qwen3ForCausalLM, folder / "text_encoder", dtype=dtype).to(device)
        nothing: Any = None  # a pipeline of a text encoder alone
        texts: Any = Flux2KleinPipeline(nothing, nothing, encoder, tokenizer, nothing)
        log.info("encoding the prompts of %s", _MODEL.title)
        return {
            name: texts.encode_prompt(text, device=torch.device(device))[0] for name, text in _PROMPTS.items()
        }

    with torch.inference_mode():
        prompts = kept(root, "klein", (f"{_FOLDER}/text_encoder/", f"{_FOLDER}/tokenizer/"), _PROMPTS, encode)
    kind = Flux2KleinInpaintPipeline if variant == "inpaint" else Flux2KleinPipeline
    pipeline: Any = kind(
        scheduler=load_words(FlowMatchEulerDiscreteScheduler, folder / "scheduler"),
        vae=load_part(AutoencoderKLFlux2, folder / "vae", torch_dtype=dtype),
        text_encoder=None,
        tokenizer=None,
        transformer=load_part(Flux2Transformer2DModel, folder / "transformer", torch_dtype=dtype),
        is_distilled=True,
    )
    pipeline.to(device)
    pipeline.prompts = {name: tensor.to(device, dtype) for name, tensor in prompts.items()}
    return pipeline


def _edit(pipeline: Any, rows: list[FramedItem], one: Pass) -> Tensor:
    (row,) = rows
    found: Tensor = pipeline(
        image=[row.frame.picture, row.garment],
        prompt_embeds=pipeline.prompts[row.item.params.garment.value],
        guidance_scale=1.0,
        generator=one.generators[0],
        **one.arguments,
    ).images
    return found


def _paint(pipeline: Any, rows: list[FramedItem], one: Pass) -> Tensor:
    (row,) = rows
    found: Tensor = pipeline(
        image=row.frame.picture,
        image_reference=row.garment,
        mask_image=row.mask,
        strength=1.0,
        prompt_embeds=pipeline.prompts[row.item.params.garment.value],
        guidance_scale=1.0,
        generator=one.generators[0],
        **one.arguments,
    ).images
    return found
