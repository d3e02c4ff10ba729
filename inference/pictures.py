"""Bytes to pixels and back. Says in plain words what is wrong with a picture; trusts no header."""

import io
import struct
import warnings
from collections.abc import Callable
from math import ceil, floor

import numpy as np
from PIL import ExifTags, Image

from inference.decode.colour import Convert, adobe_rgb, by_chromaticities, by_code_points, by_profile
from inference.decode.picture_files import Bands, PictureFile, open_file, says_adobe
from inference.decode.transparency import is_cut_out
from inference.decode.whole import is_whole
from inference.errors import PictureError
from schemas.pictures import MAX_PIXELS, MIN_SIDE, sniff

__all__ = ["MAX_PIXELS", "WORKING_PIXELS", "decode", "encode_jpeg", "encode_png", "on_white", "sniff"]

#: Larger pictures are shrunk to this as they are read: 4096x3072, a phone's 12 megapixels, and a quarter of its 50.
WORKING_PIXELS = 4096 * 3072
#: Of the long side.
THUMBNAIL_SIDE = 640
#: Source pixels of a band: a picture of any size passes through memory of this size.
_BAND_PIXELS = 4_000_000
#: How EXIF says that a picture is to be turned.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(
    data: bytes,
    *,
    ours: bool = False,
    max_pixels: int = MAX_PIXELS,
    before: Callable[[int], None] = lambda _pixels: None,
) -> Image.Image:
    """Decode to RGB, or RGBA when it was cut out; upright, in sRGB, without metadata, of WORKING_PIXELS at most.

    Other transparency is shown on white. Of a picture that is ``ours`` neither the smallest side nor the cut-out is
    doubted. ``before`` is told how many pixels the file has, before one is decoded. Raises PictureError with code
    ``picture_empty``, ``picture_type``, ``picture_too_large``, ``picture_too_small`` or ``picture_unreadable``.
    """
    if not data:
        raise PictureError("picture_empty", "The file is empty.")
    kind = sniff(data)
    if kind is None:
        raise PictureError(
            "picture_type", "This file is not a picture we can read: send JPEG, PNG, WebP, AVIF or HEIC."
        )
    if not ours and not is_whole(kind, data):
        raise _unreadable(EOFError("truncated"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata; a picture of too many pixels is refused below
            file = open_file(data, kind)
            _check_size(file.size, max_pixels, 1 if ours else MIN_SIDE)
            before(file.size[0] * file.size[1])
            return _read(file, trusted=ours)
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError(
            "picture_too_large",
            f"The picture needs more memory than there is for one: send it as a JPEG, or smaller than {kind} of "
            f"{file.size[0]}x{file.size[1]}.",
        ) from error
    except (OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, struct.error) as error:
        raise _unreadable(error) from error
    except (RuntimeError, Warning, ArithmeticError, AttributeError, Image.DecompressionBombError) as error:
        # Decoders of hostile files fail in ways their authors did not foresee; the file is still at fault.
        raise _unreadable(error) from error


def _unreadable(error: BaseException) -> PictureError:
    why = "it ends too early" if "truncated" in str(error).lower() else "it is damaged"
    return PictureError("picture_unreadable", f"The picture could not be read: {why}. Export it again.")


def _check_size(size: tuple[int, int], max_pixels: int, min_side: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise PictureError(
            "picture_too_large",
            f"The picture is {width}x{height}; at most {max_pixels // 1_000_000} megapixels are accepted.",
        )
    if min(width, height) < min_side:
        raise PictureError(
            "picture_too_small",
            f"The picture is {width}x{height}; each side needs at least {min_side} pixels.",
        )


def _read(file: PictureFile, *, trusted: bool) -> Image.Image:
    picture = _assemble(file.load(_divisor(file.size)), file)
    turn = _TURNS.get(file.exif().get(ExifTags.Base.Orientation, 1))
    if turn is not None:
        picture = picture.transpose(turn)
    if picture.mode == "RGBA":
        alpha = picture.getchannel("A")
        if not trusted and not is_cut_out(alpha):
            return on_white(picture)
        if alpha.getextrema()[0] == 255:
            return picture.convert("RGB")
    return picture


def _divisor(size: tuple[int, int]) -> int:
    """By how much a decoder may divide, so that at least half of WORKING_PIXELS are left."""
    return next((by for by in (1, 2, 4, 8) if size[0] * size[1] <= 2 * WORKING_PIXELS * by**2), 8)


def _assemble(bands: Bands, file: PictureFile) -> Image.Image:
    """All bands, shrunk, in 8 bits and in sRGB: RGB, or RGBA where there is an alpha."""
    width, height = bands.size
    scale = min(1.0, (WORKING_PIXELS / (width * height)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    whole: Image.Image | None = None
    convert: Convert | None = None
    rows = max(1, int(_BAND_PIXELS / width * scale))
    for top in range(0, size[1], rows):
        bottom = min(size[1], top + rows)
        band = _band(bands, top, bottom, size)
        alpha = band.getchannel("A") if "A" in band.getbands() else None
        colours = band.convert(band.mode[:-1]) if alpha else band
        if whole is None:
            whole = Image.new("RGBA" if alpha else "RGB", size)
            convert = _to_srgb(file, colours.mode)
        colours = convert(colours) if convert else colours.convert("RGB")
        if alpha:
            colours.putalpha(alpha)
        whole.paste(colours, (0, top))
    assert whole is not None
    return whole


def _band(bands: Bands, top: int, bottom: int, size: tuple[int, int]) -> Image.Image:
    """The rows from ``top`` to ``bottom`` of the picture shrunk to ``size``, in mode L, LA, RGB, RGBA or CMYK."""
    width, height = bands.size
    if size == bands.size:
        return _eight_bits(bands.rows(top, bottom))
    step = height / size[1]
    first, last = top * step, bottom * step
    # A little more than the band itself, so that its edge rows see their neighbours.
    above, below = max(0, int(first - step) - 1), min(height, int(last + step) + 2)
    box = (0.0, first - above, float(width), min(last, float(height)) - above)
    source = _eight_bits(bands.rows(above, below))
    return source.resize((size[0], bottom - top), Image.Resampling.HAMMING, box=box)


def _eight_bits(band: Image.Image) -> Image.Image:
    """Of mode L, LA, RGB, RGBA or CMYK."""
    if band.mode.startswith(("I", "F")):  # 16-bit greys: scale instead of clipping
        grey = np.asarray(band, dtype=np.float32)
        return Image.fromarray((grey / 257).round().clip(0, 255).astype(np.uint8))
    transparent = "transparency" in band.info
    match band.mode:
        case "L" | "1" if transparent:
            return band.convert("LA")
        case "1":
            return band.convert("L")
        case "L" | "LA" | "RGBA" | "CMYK":
            return band
        case _:
            return band.convert("RGBA" if transparent or band.has_transparency_data else "RGB")


def _to_srgb(file: PictureFile, mode: str) -> Convert | None:
    """What the file says of its colours, best first: a profile, code points, EXIF, chromaticities."""
    info = file.info
    if profile := info.get("icc_profile"):
        if convert := by_profile(profile, mode):
            return convert
        if mode == "L" and (
            convert := by_profile(profile, "RGB")
        ):  # a grey picture with a profile of colours
            return _after_rgb(convert)
        return None  # a broken profile: the pixels are still a picture
    convert = None
    if file.code_points:
        convert = by_code_points(file.code_points)
    elif says_adobe(file.exif()):
        convert = adobe_rgb()
    elif "chromaticity" in info and "srgb" not in info:
        x_y = info["chromaticity"]  # of white, red, green, blue
        convert = by_chromaticities((*x_y[2:], *x_y[:2]), 1 / max(1e-6, info.get("gamma") or 1 / 2.2))
    return _after_rgb(convert) if convert else None


def _after_rgb(convert: Convert) -> Convert:
    return lambda picture: convert(picture.convert("RGB"))


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


def encode_thumbnail(picture: Image.Image) -> bytes:
    """JPEG of THUMBNAIL_SIDE pixels at most, for lists: a card of a history on a phone's fine screen."""
    buffer = io.BytesIO()
    thumbnail(on_white(picture), THUMBNAIL_SIDE).save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def thumbnail(
    picture: Image.Image, side: int, resample: Image.Resampling = Image.Resampling.BICUBIC
) -> Image.Image:
    """``picture`` with ``side`` pixels at most: what Pillow's ``thumbnail`` makes of a copy, without the copy."""
    if max(picture.size) <= side:
        return picture.copy()
    aspect = picture.width / picture.height
    if aspect <= 1:
        size = _nearest(side * aspect, lambda width: abs(aspect - width / side)), side
    else:
        size = side, _nearest(side / aspect, lambda height: abs(aspect - side / height) if height else 0.0)
    return picture.resize(size, resample, reducing_gap=2.0)


def _nearest(number: float, error: Callable[[int], float]) -> int:
    return max(1, min(floor(number), ceil(number), key=error))


def encode_png(picture: Image.Image) -> bytes:
    """PNG, lossless; compressed lightly, since time counts more than a few kilobytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()
