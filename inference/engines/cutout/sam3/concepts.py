"""Words to masks: SAM 3 sees a picture once and is asked for one concept after the other."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers import CLIPTokenizer

# By its own module: at the package's top it asks for torchvision, which boxes alone need and words do not.
from transformers.models.sam3.modeling_sam3 import Sam3Model

from inference.engines.strict import check_files, load_part, load_words
from inference.pictures import on_white
from inference.weights.catalog import MODELS

_MODEL = MODELS["sam3"]
_SURE = 0.5  # of an instance, to count
_WORDS = 32  # tokens that the model was trained on


class Concepts:
    """A loaded model. Not thread-safe."""

    def __init__(self, root: Path, device: str, dtype: torch.dtype) -> None:
        """Raises EngineUnavailable naming the file that is missing or wrong."""
        check_files(_MODEL, root)
        folder = root / _MODEL.sources[0].folder
        self._device, self._dtype = device, dtype
        self._tokenizer = load_words(CLIPTokenizer, folder)
        self._model = load_part(Sam3Model, folder, dtype=dtype).to(device)
        size = self._model.config.image_size
        self._side = int(size if isinstance(size, int) else size[0])
        self._known: dict[str, tuple[Any, Tensor]] = {}

    @torch.inference_mode()
    def find(self, pictures: Sequence[Image.Image], words: Sequence[str]) -> NDArray[np.float32]:
        """Chances (pictures, words, h, w), 0…1, that a pixel belongs to what the words say; h and w are the model's."""
        pixels = torch.from_numpy(np.stack([self._pixels(picture) for picture in pictures]))
        seen = self._model.get_vision_features(pixels.to(self._device, self._dtype), return_dict=True)
        found = [self._one(seen, text, len(pictures)) for text in words]
        return np.stack(found, axis=1)

    def _one(self, seen: Any, text: str, count: int) -> NDArray[np.float32]:
        said, mask = self._text(text)
        said.pooler_output = said.pooler_output[:1].expand(count, -1, -1)
        out = self._model(vision_embeds=seen, text_embeds=said, attention_mask=mask.expand(count, -1))
        sure = out.pred_logits.float().sigmoid() * out.presence_logits.float().sigmoid()  # (B,queries)
        inside = out.pred_masks.float().sigmoid() * (sure > _SURE)[..., None, None]
        best: NDArray[np.float32] = inside.amax(dim=1).cpu().numpy()
        return best

    def _text(self, text: str) -> tuple[Any, Tensor]:
        """The words as the model sees them, worked out once."""
        if text not in self._known:
            told = self._tokenizer(
                text, return_tensors="pt", padding="max_length", truncation=True, max_length=_WORDS
            ).to(self._device)
            said = self._model.get_text_features(told.input_ids, told.attention_mask, return_dict=True)
            self._known[text] = said, told.attention_mask
        return self._known[text]

    def _pixels(self, picture: Image.Image) -> NDArray[np.float32]:
        """(3,side,side), its aspect ratio given up, -1…1: as the model was trained."""
        square = on_white(picture).resize((self._side, self._side), Image.Resampling.BILINEAR)
        return (np.asarray(square, np.float32) / 127.5 - 1).transpose(2, 0, 1)
