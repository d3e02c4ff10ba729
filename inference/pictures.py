"""Bytes to pixels and back. Says in plain words what is wrong with a picture; trusts no header."""

import io
import struct
import warnings
from typing import cast

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError
from pillow_heif import HeifImageFile

from inference.errors import PictureError

#: Larger pictures are refused before a pixel is decoded: 50 MP is beyond any phone's default.
MAX_PIXELS = 50_000_000
MIN_SIDE = 32
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
_SRGB = ImageCms.createProfile("sRGB")


def sniff(data: bytes) -> str | None:
    """The format that the first bytes show: jpeg, png, webp, avif, heif; None for anything else."""
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        if data[8:12] in (b"avif", b"avis") or b"avif" in data[16:64]:
            return "avif"
        if data[8:12] in _HEIF_BRANDS:
            return "heif"
    return None


def decode(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode to RGB, or RGBA when some pixel is transparent; upright, in sRGB, without metadata.

    Raises PictureError with code ``picture_empty``, ``picture_type``, ``picture_too_large``,
    ``picture_too_small`` or ``picture_unreadable``. The size in the header is looked at first.
    """
    if not data:
        raise PictureError("picture_empty", "The file is empty.")
    kind = sniff(data)
    if kind is None:
        raise PictureError(
            "picture_type", "This file is not a picture we can read: send JPEG, PNG, WebP, AVIF or HEIC."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a decompression bomb or corrupt metadata
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.filterwarnings("ignore", message="(?i).*(exif|metadata|tiff|palette|icc).*")
            with _open(data, kind) as picture:
                _check_size(picture.size, max_pixels)
                picture.load()
                return _normalise(picture)
    except PictureError:
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise PictureError("picture_too_large", "The picture has too many pixels.") from error
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        struct.error,
    ) as error:
        raise _unreadable(error) from error
    except (RuntimeError, Warning, MemoryError, OverflowError, AttributeError, ZeroDivisionError) as error:
        # Decoders of hostile files fail in ways their authors did not foresee; the file is still at fault.
        raise _unreadable(error) from error


def _unreadable(error: BaseException) -> PictureError:
    why = "it ends too early" if "truncated" in str(error).lower() else "it is damaged"
    return PictureError("picture_unreadable", f"The picture could not be read: {why}. Export it again.")


def _open(data: bytes, kind: str) -> ImageFile.ImageFile:
    if kind == "heif":  # not registered with Pillow: that would change decoding for the whole process
        heif = HeifImageFile(io.BytesIO(data))  # type: ignore[no-untyped-call]
        return cast("ImageFile.ImageFile", heif)
    try:
        return Image.open(io.BytesIO(data), formats=[kind])
    except UnidentifiedImageError as error:
        raise _unreadable(error) from error


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PictureError(
            "picture_too_large",
            f"The picture is {width}x{height}; at most {max_pixels // 1_000_000} megapixels are accepted.",
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            "picture_too_small",
            f"The picture is {width}x{height}; each side needs at least {MIN_SIDE} pixels.",
        )


def _normalise(picture: Image.Image) -> Image.Image:
    """Upright, sRGB, 8 bits, RGB or RGBA, in a fresh image that carries nothing else."""
    profile = picture.info.get("icc_profile")
    upright: Image.Image = ImageOps.exif_transpose(picture) or picture
    if upright.mode.startswith(("I", "F")):  # 16-bit greys: scale instead of clipping
        grey = np.asarray(upright, dtype=np.float32)
        upright = Image.fromarray((grey / 257).round().clip(0, 255).astype(np.uint8))
    if profile and upright.mode in ("RGB", "RGBA", "CMYK", "L"):
        upright = _to_srgb(upright, profile)
    transparent = "A" in upright.getbands() or "transparency" in upright.info
    flat = upright.convert("RGBA" if transparent else "RGB")
    if transparent and flat.getchannel("A").getextrema()[0] == 255:
        flat = flat.convert("RGB")
    clean = Image.new(flat.mode, flat.size)
    clean.paste(flat)
    return clean


def _to_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        base = picture.convert("RGB") if alpha else picture
        converted = ImageCms.profileToProfile(base, source, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken profile: the pixels are still a picture
    assert converted is not None
    if alpha:
        converted.putalpha(alpha)
    return converted


def on_white(picture: Image.Image) -> Image.Image:
    """RGB, with what is transparent shown on white."""
    if picture.mode == "RGB":
        return picture
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def encode_jpeg(picture: Image.Image, quality: int = 95) -> bytes:
    """JPEG without metadata and without colour subsampling."""
    buffer = io.BytesIO()
    on_white(picture).save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def encode_png(picture: Image.Image) -> bytes:
    """PNG, lossless; compressed lightly, since time counts more than a few kilobytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
