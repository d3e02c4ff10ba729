"""CatVTON on a GPU: the reference's way of running against ours. A part of benchmarks/gpu.py."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

from inference.engines.tryon.catvton.attention import attention_blocks, remove_cross_attention
from inference.engines.tryon.catvton.compiled import compile_model
from inference.engines.tryon.catvton.fast import choose_kernels, fuse
from inference.engines.tryon.catvton.loader import CatVtonModel
from inference.engines.tryon.catvton.sampling import Noise, draw, encode, sample, to_u8

GUIDANCE = 2.5
#: TFLOP by (height, width), counted: a UNet forward pass of one sample, a VAE encoding, a VAE decoding.
FLOPS = {
    (1024, 768): (8.302, 3.556, 7.750),
    (768, 576): (3.585, 1.924, 4.283),
    (512, 384): (1.249, 0.831, 1.879),
}


@dataclass(frozen=True)
class CatVtonBatch:
    """Pictures, noise and what to do with them; batch first."""

    size: tuple[int, int]
    steps: int
    person: torch.Tensor
    garment: torch.Tensor
    noise: Noise

    def row(self, n: int) -> "CatVtonBatch":
        """One picture of the batch."""
        noise = Noise(*(t[n : n + 1] for t in (self.noise.person, self.noise.garment, self.noise.initial)),
                      self.noise.steps[:, n : n + 1])  # fmt: skip
        return replace(self, person=self.person[n : n + 1], garment=self.garment[n : n + 1], noise=noise)


def build(device: torch.device, dtype: torch.dtype, tiny: bool) -> CatVtonModel:
    """The mask-free model, its weights random: two calls give equal weights."""
    torch.manual_seed(0)
    if tiny:
        unet = UNet2DConditionModel(
            in_channels=8, cross_attention_dim=16, block_out_channels=(16, 16, 32, 32), norm_num_groups=8,
            attention_head_dim=4, layers_per_block=2,
        )  # fmt: skip
        vae = AutoencoderKL(
            block_out_channels=(8, 8, 8, 8), norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4,
        )  # fmt: skip
    else:
        with device:
            unet = UNet2DConditionModel(in_channels=8, cross_attention_dim=768)
            vae = AutoencoderKL(
                block_out_channels=(128, 256, 512, 512), down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4, layers_per_block=2, latent_channels=4,
            )  # fmt: skip
    vae_dtype = torch.float32 if dtype is torch.float16 else dtype
    unet.to(device, dtype).eval().requires_grad_(False)
    vae.to(device, vae_dtype).eval().requires_grad_(False)
    scheduler = DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip
    return CatVtonModel("maskfree", unet, vae, scheduler, device, dtype, vae_dtype)


def make_job(model: CatVtonModel, size: tuple[int, int], batch: int, steps: int) -> CatVtonBatch:
    """Smooth random pictures and the noise of ``batch`` seeds."""
    generator = torch.Generator().manual_seed(1)
    small = torch.rand(2 * batch, 3, 8, 6, generator=generator) * 2 - 1  # a person, a garment, a person, …
    pictures = torch.nn.functional.interpolate(small, size, mode="bicubic").clamp(-1, 1)
    noise = draw(range(batch), size, model.axis, steps).pinned_for(model.device)
    return CatVtonBatch(size, steps, pictures[0::2], pictures[1::2], noise)


@torch.inference_mode()
def run_reference(model: CatVtonModel, job: CatVtonBatch) -> torch.Tensor:
    """One picture after the other, eagerly: the scheduler's own step, attention as torch does it by default."""
    done = []
    for n in range(len(job.person)):
        one, axis = job.row(n), model.axis
        factor = model.vae.config.scaling_factor
        on = {"device": model.device, "dtype": model.dtype}
        person = encode(model, one.person).draw(one.noise.person.to(**on), factor)
        cloth = encode(model, one.garment).draw(one.noise.garment.to(**on), factor)
        known = torch.cat(
            [torch.cat([person, torch.zeros_like(cloth)], axis), torch.cat([person, cloth], axis)]
        )
        latents = one.noise.initial.to(**on)
        model.scheduler.set_timesteps(job.steps, device=model.device)
        for i, now in enumerate(model.scheduler.timesteps):
            given = torch.cat([torch.cat([latents] * 2), known], 1)
            without, with_ = model.unet(given, now, encoder_hidden_states=None, return_dict=False)[0].chunk(2)
            eps = without + GUIDANCE * (with_ - without)
            latents = model.scheduler.step(
                eps, now, latents, eta=1.0, variance_noise=one.noise.steps[i].to(**on)
            ).prev_sample
        final = latents.chunk(2, axis)[0] / factor
        done.append(to_u8(model.vae.decode(final.to(model.vae_dtype), return_dict=False)[0].float()))
    return torch.cat(done)


def run_ours(model: CatVtonModel, job: CatVtonBatch) -> torch.Tensor:
    """All pictures in one batch."""
    decoded = sample(
        model, job.person, job.garment, job.noise, steps=job.steps, guidance=GUIDANCE
    )  # fmt: skip
    return to_u8(decoded)


def make_reference(device: torch.device, dtype: torch.dtype, tiny: bool) -> CatVtonModel:
    """Cross-attention skipped but its weights kept, as the reference has it."""

    class Skip:
        def __call__(self, _attention, hidden_states, *_args, **_kwargs):
            return hidden_states

    model = build(device, dtype, tiny)
    for module in model.unet.modules():
        if getattr(module, "attn2", None) is not None:
            module.attn2.set_processor(Skip())
    return model


def make_ours(device: torch.device, dtype: torch.dtype, tiny: bool, how: str, kernels: bool) -> CatVtonModel:
    """What the engine loads."""
    model = build(device, dtype, tiny)
    remove_cross_attention(model.unet)
    assert len(attention_blocks(model.unet)) == 16
    blocks = fuse(model.unet)
    model.unet.to(memory_format=torch.channels_last)
    if kernels:
        print("attention kernels:", choose_kernels(blocks, (1024, 768), device, dtype), flush=True)
    return compile_model(model, how, Path("build/gpu/compiled"))
