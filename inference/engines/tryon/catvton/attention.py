"""Which attention blocks a UNet has, in the published order, and what stands in for cross-attention."""

from typing import Any

from torch import Tensor, nn


class PassThrough(nn.Module):
    """A cross-attention that returns what it is given. The block adds that, normalised, to its input."""

    def forward(self, hidden_states: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
        """``hidden_states`` as they are: (batch, tokens, channels)."""
        return hidden_states


def attention_blocks(unet: nn.Module) -> list[nn.Module]:
    """The self-attention modules in the order of the published files: down, up, and the mid block last."""
    named = [(name, module) for name, module in unet.named_modules() if name.endswith(".attn1")]
    order = ("down_blocks", "up_blocks", "mid_block")
    return [module for place in order for name, module in named if name.startswith(place)]


def remove_cross_attention(unet: nn.Module) -> None:
    """Put a pass-through in the place of every cross-attention, whose weights are then freed."""
    for module in list(unet.modules()):
        if getattr(module, "attn2", None) is not None:
            module.attn2 = PassThrough()
