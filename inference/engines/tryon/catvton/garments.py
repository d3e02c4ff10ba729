"""Garments as the VAE sees them, kept by object key: many people try one shirt on."""

from collections import OrderedDict
from collections.abc import Sequence
from zlib import crc32

import torch
from PIL import Image
from torch import Tensor

from inference.engines.tryon.catvton.loader import CatVtonModel
from inference.engines.tryon.catvton.sampling import Posterior, encode
from inference.engines.tryon.pictures import pad, to_pixels
from inference.pictures import on_white

_LIMIT = 64
#: Object key, checksum of the pixels (a key may be written anew), bucket.
Key = tuple[str, int, tuple[int, int]]


class Garments:
    """At most 64 encoded garments, on the device. Not thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Tensor, Tensor]] = OrderedDict()
        self.encoded = 0  # garments that were not known

    def look_up(
        self, model: CatVtonModel, garments: Sequence[tuple[str | None, Image.Image]], size: tuple[int, int]
    ) -> Posterior:
        """What is known of garments (object key, picture) in a bucket (height, width); the rest is encoded at once.

        A garment without a key is never kept.
        """
        keys = [None if key is None else (key, crc32(picture.tobytes()), size) for key, picture in garments]
        found = [None if key is None else self._kept.get(key) for key in keys]
        new = [number for number, known in enumerate(found) if known is None]
        if new:
            pictures = [pad(on_white(garments[number][1]), size[1], size[0]) for number in new]
            made = encode(model, torch.cat([to_pixels(picture) for picture in pictures]))
            self.encoded += len(new)
            for row, number in enumerate(new):
                found[number] = made.mean[row].clone(), made.std[row].clone()
        for key, known in zip(keys, found, strict=True):
            if key is not None and known is not None:
                self._kept[key] = known
                self._kept.move_to_end(key)
        while len(self._kept) > _LIMIT:
            self._kept.popitem(last=False)
        rows = [known for known in found if known is not None]
        return Posterior(torch.stack([mean for mean, _ in rows]), torch.stack([std for _, std in rows]))

    def clear(self) -> None:
        """Forget them all, when the device is short of memory."""
        self._kept.clear()
