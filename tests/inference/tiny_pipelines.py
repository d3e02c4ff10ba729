"""Tiny random weights of the real pipeline classes, laid out as `proteus models pull` lays the real ones."""

import json
from pathlib import Path

import gguf
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    FlowMatchEulerDiscreteScheduler,
    Flux2Transformer2DModel,
    FluxTransformer2DModel,
    QwenImageTransformer2DModel,
)
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2TokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    Sam3Config,
    T5Config,
    T5EncoderModel,
    T5TokenizerFast,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.sam3.modeling_sam3 import Sam3Model

from inference.weights.catalog import MODELS

_CHAT = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
_SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
    "<|vision_start|>",
    "<|vision_end|>",
)


def _qwen_tokenizer(folder: Path) -> Qwen2TokenizerFast:
    """One token a byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(list(_SPECIAL))
    tokenizer = Qwen2TokenizerFast(
        tokenizer_object=made, pad_token="<|endoftext|>", eos_token="<|im_end|>", chat_template=_CHAT
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def _scheduler(folder: Path, **more: object) -> None:
    FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, **more).save_pretrained(folder)


def make_klein(root: Path) -> None:
    """FLUX.2 klein."""
    folder = root / MODELS["klein"].sources[0].folder
    torch.manual_seed(0)
    tokenizer = _qwen_tokenizer(folder / "tokenizer")
    encoder = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=28,  # of which the pipeline takes three
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=4,
        max_position_embeddings=512,
    )
    Qwen3ForCausalLM(encoder).save_pretrained(folder / "text_encoder", max_shard_size="20KB")
    Flux2Transformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=24,
        timestep_guidance_channels=16,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    ).save_pretrained(folder / "transformer")
    AutoencoderKLFlux2(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=32,
        use_quant_conv=False,
        use_post_quant_conv=False,
    ).save_pretrained(folder / "vae")
    _scheduler(folder / "scheduler")


def make_qwen_edit(root: Path) -> None:
    """Qwen-Image-Edit."""
    folder = root / MODELS["qwen_edit"].sources[0].folder
    torch.manual_seed(0)
    tokenizer = _qwen_tokenizer(folder / "tokenizer")
    number = {name: tokenizer.convert_tokens_to_ids(name) for name in _SPECIAL}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "rope_parameters": {"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 10000.0},
        },
        vision_config={
            "depth": 1,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_heads": 2,
            "out_hidden_size": 16,
        },
        image_token_id=number["<|image_pad|>"],
        video_token_id=number["<|video_pad|>"],
        vision_start_token_id=number["<|vision_start|>"],
        vision_end_token_id=number["<|vision_end|>"],
    )
    Qwen2_5_VLForConditionalGeneration(config).save_pretrained(folder / "text_encoder")
    Qwen2VLImageProcessorPil(min_pixels=56 * 56, max_pixels=112 * 112).save_pretrained(folder / "processor")
    QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        axes_dims_rope=(8, 4, 4),
    ).save_pretrained(folder / "transformer")
    AutoencoderKLQwenImage(
        base_dim=4,
        z_dim=4,
        dim_mult=[
            1,
            1,
            1,
            1,
            1,
            1,
        ],  # the pipeline makes a megapixel of any picture: the deeper, the fewer tokens
        num_res_blocks=1,
        temperal_downsample=[False, True, True, True, True],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    ).save_pretrained(folder / "vae")
    _scheduler(folder / "scheduler")


def make_catvton_flux(root: Path) -> None:
    """FLUX.1 Fill, its transformer in 8-bit GGUF, and a LoRA."""
    fill, quantized, lora = MODELS["catvton_flux"].sources
    folder = root / fill.folder
    torch.manual_seed(0)
    words = _clip_tokenizer(folder / "tokenizer")
    clip = CLIPTextConfig(
        vocab_size=words, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=8,
    )  # fmt: skip
    CLIPTextModel(clip).save_pretrained(folder / "text_encoder")
    pieces = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        *((letter, -2.0) for letter in "▁abcdefghiklmnoprstuvwy"),
    ]
    t5 = T5TokenizerFast(tokenizer_object=Tokenizer(models.Unigram(pieces, unk_id=2)), extra_ids=0)
    t5.save_pretrained(folder / "tokenizer_2")
    T5EncoderModel(
        T5Config(vocab_size=32, d_model=32, d_kv=8, d_ff=8, num_layers=1, num_heads=2)
    ).save_pretrained(folder / "text_encoder_2")
    AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        use_quant_conv=False,
        use_post_quant_conv=False,
        shift_factor=0.1,
        scaling_factor=0.4,
    ).save_pretrained(folder / "vae")
    _scheduler(folder / "scheduler")
    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=288,  # latents, masked latents, mask
        out_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=8,
        axes_dims_rope=(4, 4, 8),
        guidance_embeds=True,
    )
    transformer.save_config(folder / "transformer")
    file = root / quantized.place(quantized.files[0])
    file.parent.mkdir(parents=True)
    writer = gguf.GGUFWriter(file, "flux")
    for name, tensor in transformer.state_dict().items():
        kind = gguf.GGMLQuantizationType.Q8_0 if tensor.ndim == 2 and tensor.shape[1] % 32 == 0 else None
        array = tensor.numpy()
        writer.add_tensor(name, array if kind is None else gguf.quants.quantize(array, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    layer = "transformer.transformer_blocks.0.attn.to_q"
    place = root / lora.place(lora.files[0])
    place.parent.mkdir(parents=True)
    save_file(
        {f"{layer}.lora_A.weight": torch.randn(2, 32), f"{layer}.lora_B.weight": torch.randn(32, 2)}, place
    )


def make_sam3(root: Path) -> None:
    """SAM 3."""
    folder = root / MODELS["sam3"].sources[0].folder
    torch.manual_seed(0)
    words = _clip_tokenizer(folder)
    CLIPTokenizerFast.from_pretrained(folder).save_pretrained(folder)  # with its tokenizer.json
    small = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32}
    sight = {**small, "num_hidden_layers": 2, "image_size": 112, "pretrain_image_size": 56, "window_size": 4,
             "global_attn_indexes": [1]}  # fmt: skip
    config = Sam3Config(
        vision_config={"backbone_config": {"model_type": "sam3_vit_model", **sight}, "fpn_hidden_size": 32,
                       "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]]},
        text_config={**small, "vocab_size": words, "num_hidden_layers": 1, "projection_dim": 32,
                     "max_position_embeddings": 32},
        geometry_encoder_config={**small, "num_layers": 1},
        detr_encoder_config={**small, "num_layers": 1},
        detr_decoder_config={**small, "num_layers": 1, "num_queries": 5},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )  # fmt: skip
    Sam3Model(config).save_pretrained(folder)


def _clip_tokenizer(folder: Path) -> int:
    """One token a byte, and one a byte that ends a word; how many there are."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, *(f"{letter}</w>" for letter in alphabet), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({token: n for n, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"model_max_length": 77, "pad_token": "<|endoftext|>"})
    )
    return len(tokens)


MAKE = {
    "klein": make_klein,
    "qwen_edit": make_qwen_edit,
    "catvton_flux": make_catvton_flux,
    "sam3": make_sam3,
}
