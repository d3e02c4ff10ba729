"""torch.compile for a loaded model: the UNet by blocks or whole, and the VAE's two halves."""

from pathlib import Path

from inference.engines.tryon.catvton.loader import CatVtonModel
from inference.engines.tryon.compiling import Compile, Compiler, compile_modules, keep_in


def compile_model(
    model: CatVtonModel, how: Compile, cache: Path | None, compiler: Compiler = compile_modules
) -> CatVtonModel:
    """The model, to be compiled at its first pass of each shape. ``cache`` keeps the result between starts."""
    if how == "off":
        return model
    keep_in(cache)
    blocks = [
        m for m in model.unet.modules() if type(m).__name__ in ("BasicTransformerBlock", "ResnetBlock2D")
    ]
    compiler([model.unet] if how == "full" else blocks)
    if next(model.vae.parameters()).is_cuda:  # on a CPU its group norms refuse what tracing hands them
        compiler([model.vae.encoder, model.vae.decoder])
    return model
