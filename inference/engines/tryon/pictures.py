"""Pillow pictures to pixels of a bucket and back: crop, pad, mask."""

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def crop(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The largest centred part of the target's aspect ratio, resized to it."""
    w, h = picture.size
    if (w, h) == (width, height):
        return picture.copy()
    if w * height > h * width:
        new_w, new_h = h * width // height, h
    else:
        new_w, new_h = w, w * height // width
    left, top = (w - new_w) // 2, (h - new_h) // 2
    part = picture.crop((left, top, left + new_w, top + new_h))
    return part.resize((width, height), Image.Resampling.LANCZOS)


def pad(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The whole picture fitted inside the target, centred on white."""
    if picture.size == (width, height):
        return picture.copy()
    fitted, box = fit(picture, width, height)
    white = Image.new("RGB", (width, height), "white")
    white.paste(fitted, box[:2])
    return white


def fit(picture: Image.Image, width: int, height: int) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """The picture resized to fit, and the box that it takes in the centre of the target."""
    w, h = picture.size
    size = (width, h * width // w) if w * height > h * width else (w * height // h, height)
    size = max(1, size[0]), max(1, size[1])
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    resized = picture.resize(size, Image.Resampling.LANCZOS)
    return resized, (left, top, left + size[0], top + size[1])


def to_pixels(picture: Image.Image) -> Tensor:
    """RGB to (1,3,H,W) float32 in -1…1."""
    array = np.asarray(picture.convert("RGB"), np.float32) / 127.5 - 1
    return torch.from_numpy(array).permute(2, 0, 1)[None].contiguous()


def to_mask(picture: Image.Image) -> Tensor:
    """Grey to (1,1,H,W) of 0 and 1, cut at one half."""
    array = np.asarray(picture.convert("L"), np.float32) / 255
    return torch.from_numpy((array >= 0.5).astype(np.float32))[None, None]
