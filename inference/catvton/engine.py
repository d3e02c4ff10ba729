"""CatVTON, mask-free, as an engine: buckets of size, seeds by request, own pixels where nothing changed."""

import secrets
from collections.abc import Hashable, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image

from inference.catvton.loader import Model, load
from inference.catvton.pictures import fit, pad, repaint, to_pixels
from inference.catvton.sampling import Stopped, draw, sample, to_u8
from inference.engine import EngineInfo, Progress, TryOnItem, TryOnPicture
from inference.errors import EngineFatal, EngineFault, EngineUnavailable, PictureError
from inference.images import on_white
from inference.registry import EngineOptions
from inference.weights.catalog import MODELS
from inference.weights.records import refusal

SIZES = ((1024, 768), (768, 576), (512, 384))
STEPS, GUIDANCE = 50, 2.5
LICENSE = "CC-BY-NC-SA-4.0"
#: A pixel that changed by less than this, 0…255, is the person's own.
_CHANGED = 12


class CatVton:
    """Pictures by CatVTON. Load before running; not thread-safe."""

    def __init__(self, options: EngineOptions, sizes: Sequence[tuple[int, int]] = SIZES) -> None:
        self._options = options
        self._sizes = tuple(sorted(sizes, reverse=True))
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._model: Model | None = None

    @property
    def info(self) -> EngineInfo:
        return EngineInfo("catvton", LICENSE, "noncommercial", self._device, sizes=self._sizes)

    def load(self) -> None:
        """Raises EngineUnavailable: licence not accepted, or a file missing or wrong."""
        if why := refusal(MODELS["catvton"], self._options):
            raise EngineUnavailable(why)
        if self._options.weights_dir is None:
            raise EngineUnavailable("no weight directory is set")
        dtype = torch.bfloat16 if self._device.startswith("cuda") else torch.float32
        self._model = load(self._options.weights_dir, "maskfree", device=self._device, dtype=dtype)
        if self._device.startswith("cuda"):
            self._model.unet.to(memory_format=torch.channels_last)
            self._model.vae.to(memory_format=torch.channels_last)

    def example(self) -> TryOnItem:
        height, width = self._sizes[-1]
        return TryOnItem(Image.new("RGB", (width, height), "grey"), Image.new("RGB", (width, height), "red"))

    def bucket(self, item: TryOnItem, /) -> Hashable:
        """Size, steps and guidance: what a forward pass has one of."""
        return (*self._size(item), item.params.steps or STEPS, self._guidance(item))

    def run(self, batch: Sequence[TryOnItem], progress: Progress, /) -> Sequence[TryOnPicture | PictureError]:
        """One forward pass; halved when memory does not suffice. Raises EngineFatal after a CUDA fault."""
        gone: frozenset[int] = frozenset()

        def go_on(fraction: float) -> bool:
            nonlocal gone
            gone |= progress(fraction)
            return len(gone) < len(batch)

        try:
            return self._halving(list(batch), go_on, 0.0, 1.0)
        except Stopped:
            return [PictureError("cancelled", "The job was cancelled.") for _ in batch]
        except torch.AcceleratorError as error:
            raise EngineFatal(f"the GPU failed: {error}") from error

    def _halving(
        self, batch: list[TryOnItem], go_on: Any, start: float, share: float
    ) -> list[TryOnPicture | PictureError]:
        try:
            return self._forward(batch, lambda fraction: bool(go_on(start + share * fraction)))
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise EngineFault("the GPU has too little memory for one picture") from error
        torch.cuda.empty_cache()
        middle = len(batch) // 2
        first = self._halving(batch[:middle], go_on, start, share / 2)
        return first + self._halving(batch[middle:], go_on, start + share / 2, share / 2)

    def _forward(self, batch: list[TryOnItem], on_step: Any) -> list[TryOnPicture | PictureError]:
        assert self._model is not None, "load() first"
        height, width = self._size(batch[0])
        steps, guidance = batch[0].params.steps or STEPS, self._guidance(batch[0])
        seeds = [secrets.randbits(32) if i.params.seed is None else i.params.seed for i in batch]
        frames = [_letterbox(item.person, width, height) for item in batch]
        persons = torch.cat([to_pixels(frame) for frame, _ in frames])
        garments = torch.cat([to_pixels(pad(on_white(item.garment), width, height)) for item in batch])
        noise = draw(seeds, (height, width), self._model.axis, steps)
        decoded = sample(
            self._model, persons, garments, noise, steps=steps, guidance=guidance, on_step=on_step
        )
        made = [Image.fromarray(array) for array in to_u8(decoded).numpy()]
        return [
            TryOnPicture(_unletterbox(item.person, frame, result, box), seed, steps)
            for item, (frame, box), result, seed in zip(batch, frames, made, seeds, strict=True)
        ]

    def _size(self, item: TryOnItem) -> tuple[int, int]:
        """The largest bucket within the item's limit; the smallest when none is."""
        limit = item.max_long_side or self._sizes[0][0]
        return next((size for size in self._sizes if max(size) <= limit), self._sizes[-1])

    @staticmethod
    def _guidance(item: TryOnItem) -> float:
        return GUIDANCE if item.params.guidance is None else item.params.guidance


def _letterbox(person: Image.Image, width: int, height: int) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The whole person in the bucket, the rest filled with the picture's edges; and the box it takes."""
    fitted, (left, top, right, bottom) = fit(person, width, height)
    around = (top, height - bottom, left, width - right)
    filled = cv2.copyMakeBorder(np.asarray(fitted), *around, cv2.BORDER_REPLICATE)
    return Image.fromarray(filled), (left, top, right, bottom)


def _unletterbox(
    person: Image.Image, frame: Image.Image, result: Image.Image, box: tuple[int, int, int, int]
) -> Image.Image:
    """The result at the person's own size, with the person's own pixels wherever the model changed nothing."""
    before, after = (np.asarray(p.crop(box), np.int16) for p in (frame, result))
    changed = (np.abs(after - before).max(axis=2) > _CHANGED).astype(np.uint8) * 255
    side = max(3, max(changed.shape) // 100)
    changed = cv2.morphologyEx(changed, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    changed = cv2.dilate(changed, np.ones((side, side), np.uint8))
    mask = Image.fromarray(changed).resize(person.size, Image.Resampling.BILINEAR)
    full = result.crop(box).resize(person.size, Image.Resampling.LANCZOS)
    return repaint(person, full, mask)
