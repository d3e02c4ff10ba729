"""FLUX.1 Fill in 5-bit numbers, and a LoRA that made it dress people: the garment left, the person right, one mask."""

import logging
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    FlowMatchEulerDiscreteScheduler,
    FluxFillPipeline,
    FluxTransformer2DModel,
    GGUFQuantizationConfig,
)
from PIL import Image
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer, T5EncoderModel, T5Tokenizer

from inference.engines.strict import load_part, load_words
from inference.engines.tryon.pictures import pad
from inference.engines.tryon.pipelines.engine import FramedItem, Pass, Recipe
from inference.engines.tryon.pipelines.prompts import Embeddings, kept
from inference.errors import EngineUnavailable
from inference.weights.catalog import MODELS
from inference.weights.tensors import read

log = logging.getLogger(__name__)

_MODEL = MODELS["catvton_flux"]
_FILL, _GGUF, _LORA = _MODEL.sources
#: The LoRA's own, published with it: it knows no other.
_PROMPT = (
    "The pair of images highlights a clothing and its styling on a model, high resolution, 4K, 8K; "
    "[IMAGE1] Detailed product shot of a clothing"
    "[IMAGE2] The same cloth is worn by a model in a lifestyle setting."
)


def _load(root: Path, device: str, dtype: torch.dtype) -> Any:
    """The pipeline without its text encoders: there is one prompt, and what they make of it is kept."""
    folder = root / _FILL.folder

    def encode() -> Embeddings:
        nothing: Any = None
        texts: Any = FluxFillPipeline(
            scheduler=nothing,
            vae=nothing,
            transformer=nothing,
            text_encoder=load_part(CLIPTextModel, folder / "text_encoder", dtype=dtype).to(device),
            tokenizer=load_words(CLIPTokenizer, folder / "tokenizer"),
            text_encoder_2=load_part(T5EncoderModel, folder / "text_encoder_2", dtype=dtype).to(device),
            tokenizer_2=load_words(T5Tokenizer, folder / "tokenizer_2"),
        )
        log.info("encoding the prompt of %s", _MODEL.title)
        words, pooled, _ = texts.encode_prompt(_PROMPT, None, device=torch.device(device))
        return {"words": words, "pooled": pooled}

    encoders = tuple(
        f"{_FILL.folder}/{name}/" for name in ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")
    )
    with torch.inference_mode():
        prompt = kept(root, _MODEL.name, encoders, _PROMPT, encode)
    pipeline: Any = FluxFillPipeline(
        scheduler=load_words(FlowMatchEulerDiscreteScheduler, folder / "scheduler"),
        vae=load_part(AutoencoderKL, folder / "vae", torch_dtype=dtype),
        transformer=_transformer(root, dtype),
        text_encoder=None,
        tokenizer=None,
        text_encoder_2=None,
        tokenizer_2=None,
    )
    _add_lora(pipeline, root / _LORA.place(_LORA.files[0]))
    pipeline.to(device)
    pipeline.prompt = {name: tensor.to(device, dtype) for name, tensor in prompt.items()}
    return pipeline


def _transformer(root: Path, dtype: torch.dtype) -> Any:
    """Raises EngineUnavailable for a file that is none, or has too little."""
    file = root / _GGUF.place(_GGUF.files[0])
    try:
        found: Any = FluxTransformer2DModel.from_single_file(
            str(file),
            config=str(root / _FILL.folder),
            subfolder="transformer",
            quantization_config=GGUFQuantizationConfig(compute_dtype=dtype),
            torch_dtype=dtype,
            local_files_only=True,
        )
    except (OSError, ValueError, RuntimeError, KeyError, IndexError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise EngineUnavailable(f"{file}: cannot be read ({first}); pull it again") from error
    if absent := [name for name, tensor in found.named_parameters() if tensor.is_meta]:
        raise EngineUnavailable(f"{file}: {len(absent)} tensors missing, first {absent[0]}")
    return found.eval().requires_grad_(False)


def _add_lora(pipeline: Any, file: Path) -> None:
    """Raises EngineUnavailable unless every layer of the file found its place."""
    tensors = read(file)
    try:
        pipeline.load_lora_weights(tensors)
    except (ValueError, RuntimeError, KeyError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise EngineUnavailable(f"{file}: is no LoRA of this model ({first})") from error
    layers = sum(".lora_A." in name for name in tensors)
    placed = sum(".lora_A." in name for name, _ in pipeline.transformer.named_parameters())
    if not layers or layers != placed:
        raise EngineUnavailable(f"{file}: {placed} of its {layers} layers belong to this model")
    pipeline.transformer.requires_grad_(False)


def _fill(pipeline: Any, rows: list[FramedItem], one: Pass) -> Tensor:
    height, width = one.size
    pairs, masks = [], []
    for row in rows:
        assert row.mask is not None  # the recipe says that it is masked
        pair, mask = Image.new("RGB", (2 * width, height)), Image.new("L", (2 * width, height), 0)
        pair.paste(pad(row.garment, width, height), (0, 0))
        pair.paste(row.frame.picture, (width, 0))
        mask.paste(row.mask, (width, 0))
        pairs.append(pair)
        masks.append(mask)
    found: Tensor = pipeline(
        image=pairs,
        mask_image=masks,
        prompt_embeds=pipeline.prompt["words"].expand(len(rows), -1, -1),
        pooled_prompt_embeds=pipeline.prompt["pooled"].expand(len(rows), -1),
        guidance_scale=one.guidance,
        generator=one.generators,
        **{**one.arguments, "width": 2 * width},
    ).images
    return found[..., width:]


#: All have one prompt, so requests share a pass.
RECIPE = Recipe(
    model=_MODEL,
    steps=30,
    guidance=30.0,
    load=_load,
    call=_fill,
    sizes=((1024, 768), (768, 576), (512, 384)),
    masked=True,
)
