"""Files of pictures, opened: what they are and how large, and their pixels band by band, whatever the container."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from inference.decode.colour import CodePoints
from inference.decode.colour_boxes import code_points
from inference.decode.png_rows import PngRows, comes_in_rows, read_past_pixels

#: Not through Image.open: that knows one limit for the whole process, and reads what a file's name does not say.
_READERS: dict[str, type[ImageFile.ImageFile]] = {
    "jpeg": JpegImageFile,  # of a file of several pictures (MPO) the first, whatever its index says
    "png": PngImageFile,
    "webp": WebPImageFile,
    "avif": AvifImageFile,
}
#: Pillow holds such a picture three times while it reads it; beyond this many pixels OpenCV does, which holds it once.
_ONCE_PIXELS = 25_000_000


@dataclass(frozen=True)
class PictureFile:
    """``load(divisor)`` decodes, to a size divided by up to ``divisor`` where the format allows, and gives bands:
    from one row to another, in any mode of Pillow.
    """

    size: tuple[int, int]
    info: dict[Any, Any]
    load: Callable[[int], "Bands"]
    exif: Callable[[], Image.Exif]  # after ``load``: in some formats it lies behind the pixels
    code_points: CodePoints | None = None


@dataclass(frozen=True)
class Bands:
    """Pixels, decoded by now or as they are asked for. ``rows(top, bottom)`` is a picture of the whole width; whoever
    asks goes from the top down, and asks for no row above those of the call before.
    """

    size: tuple[int, int]
    rows: Callable[[int, int], Image.Image]


def open_file(data: bytes, kind: str) -> PictureFile:
    """Read the head of a file of a ``kind`` that `sniff` gave. Raises whatever its library raises for a bad one."""
    if kind == "heif":
        return _open_heif(data)
    picture = _READERS[kind](io.BytesIO(data))
    points = code_points(data) if kind == "avif" else _of_png(data) if kind == "png" else None

    def load(divisor: int) -> Bands:
        if kind in ("webp", "avif") and _pixels(picture.size) > _ONCE_PIXELS:
            return _once(data)
        if isinstance(picture, PngImageFile) and comes_in_rows(picture):
            read_past_pixels(picture)
            return Bands(picture.size, PngRows(PngImageFile(io.BytesIO(data))))
        if kind == "jpeg" and divisor > 1:
            picture.draft(None, (picture.width // divisor, picture.height // divisor))
        picture.load()
        return Bands(picture.size, lambda top, bottom: picture.crop((0, top, picture.width, bottom)))

    return PictureFile(picture.size, picture.info, load, picture.getexif, points)


def _open_heif(data: bytes) -> PictureFile:
    picture = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)  # turned upright as it says
    nclx = picture.info.get("nclx_profile")
    points = CodePoints(int(nclx["color_primaries"]), int(nclx["transfer_characteristics"])) if nclx else None

    def load(_divisor: int) -> Bands:
        width, height = picture.size
        pixels = np.asarray(picture)[:, :width]
        mode = picture.mode
        return Bands((width, height), lambda top, bottom: _from_array(pixels[top:bottom], mode))

    return PictureFile(picture.size, picture.info, load, Image.Exif, points or code_points(data))


def _from_array(pixels: np.ndarray[Any, Any], mode: str) -> Image.Image:
    rows, columns = pixels.shape[:2]
    return Image.frombytes(mode, (columns, rows), np.ascontiguousarray(pixels).tobytes())


def _once(data: bytes) -> Bands:
    """By OpenCV, which has one copy of the pixels and knows nothing of metadata: they are Pillow's to tell."""
    import cv2

    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("truncated or damaged")
    height, width = pixels.shape[:2]

    def rows(top: int, bottom: int) -> Image.Image:
        band = pixels[top:bottom]
        if band.dtype == np.uint16:  # of 10 or 12 bits
            band = (
                band / (65535 if band.max() > 4095 else 4095 if band.max() > 1023 else 1023) * 255
            ).astype(np.uint8)
        if band.ndim == 2:
            return Image.fromarray(band)
        return Image.fromarray(
            cv2.cvtColor(band, cv2.COLOR_BGRA2RGBA if band.shape[2] == 4 else cv2.COLOR_BGR2RGB)
        )

    return Bands((width, height), rows)


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _of_png(data: bytes) -> CodePoints | None:
    """The chunk cICP, which Pillow does not know. It stands before the pixels."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"IDAT":
            return None
        if name == b"cICP" and length == 4:
            return CodePoints(data[at + 8], data[at + 9])
        at += 12 + length
    return None


def says_adobe(exif: Image.Exif) -> bool:
    """DCF 2.0: ColorSpace is uncalibrated, and the interoperability index R03; some write ColorSpace 2 instead."""
    inside = exif.get_ifd(ExifTags.IFD.Exif)
    if inside.get(ExifTags.Base.ColorSpace) == 2:
        return True
    return str(exif.get_ifd(ExifTags.IFD.Interop).get(1, "")).startswith("R03")
