"""Whatever space a picture's colours are in, to sRGB: by ICC profile, or by the code points of ITU-T H.273."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Convert = Callable[[Image.Image], Image.Image]
Curve = NDArray[np.float32]

_SRGB = ImageCms.createProfile("sRGB")
_D65 = (0.3127, 0.3290)
#: x and y of red, green, blue and white, by ColourPrimaries of H.273, table 2.
_PRIMARIES: dict[int, tuple[float, ...]] = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060, *_D65),
    4: (0.67, 0.33, 0.21, 0.71, 0.14, 0.08, 0.310, 0.316),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06, *_D65),
    6: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    7: (0.630, 0.340, 0.310, 0.595, 0.155, 0.070, *_D65),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, *_D65),
    11: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, *_D65),
    22: (0.630, 0.340, 0.295, 0.605, 0.155, 0.077, *_D65),
}
_ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06, *_D65)
#: Light of a white page in nits, where a curve is in absolute light: BT.2408.
_WHITE_NITS = 203.0
_GAMMA_22, _GAMMA_28, _LINEAR, _PQ, _HLG = 4, 5, 8, 16, 18
_STEPS = 4096


@dataclass(frozen=True)
class CodePoints:
    """ColourPrimaries and TransferCharacteristics of H.273; 1 and 13 are sRGB, 2 is unsaid."""

    primaries: int
    transfer: int


def by_profile(profile: bytes, mode: str) -> Convert | None:
    """What takes pictures of ``mode`` (L, RGB, CMYK) to sRGB; None for a profile that is broken or of another mode."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, _SRGB, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return lambda picture: ImageCms.applyTransform(picture, transform) or picture


def by_code_points(points: CodePoints) -> Convert | None:
    """What takes RGB pictures to sRGB; None where nothing is to be done, or the points say nothing that we know."""
    primaries = _PRIMARIES.get(points.primaries, _PRIMARIES[1])
    if primaries == _PRIMARIES[1] and points.transfer not in (_GAMMA_22, _GAMMA_28, _LINEAR, _PQ, _HLG):
        return None
    return _converter(_linear(points.transfer), primaries)


def by_chromaticities(primaries: tuple[float, ...], gamma: float) -> Convert | None:
    """The same from x and y of red, green, blue and white, and the exponent from values to light."""
    near = np.abs(np.subtract(primaries, _PRIMARIES[1])).max() < 0.005
    if (near and abs(gamma - 2.2) < 0.1) or not 1 <= gamma <= 3.5:
        return None
    try:
        return _converter(_power(gamma), primaries)
    except np.linalg.LinAlgError:  # primaries on one line
        return None


def adobe_rgb() -> Convert:
    """Adobe RGB (1998), which cameras name in EXIF without a profile."""
    return _converter(_power(563 / 256), _ADOBE)


def _converter(curve: Curve, primaries: tuple[float, ...]) -> Convert:
    matrix = (np.linalg.inv(_to_xyz(_PRIMARIES[1])) @ _to_xyz(primaries)).astype(np.float32)
    encode = _encoded()

    def convert(picture: Image.Image) -> Image.Image:
        light = curve[np.asarray(picture)] @ matrix.T
        np.clip(light, 0, 1, out=light)
        return Image.fromarray(encode[(light * (_STEPS - 1) + 0.5).astype(np.uint16)])

    return convert


def _to_xyz(primaries: tuple[float, ...]) -> NDArray[Any]:
    """RGB to XYZ, with white at Y = 1 (SMPTE RP 177), adapted to D65 by scaling in Bradford's cone space."""
    points = np.array(primaries, float).reshape(4, 2)
    colours = np.stack([points[:, 0] / points[:, 1], np.ones(4), (1 - points.sum(1)) / points[:, 1]])
    matrix = colours[:, :3] * np.linalg.solve(colours[:, :3], colours[:, 3])
    if tuple(points[3]) == _D65:
        return np.asarray(matrix)
    cones = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65 = np.array([_D65[0] / _D65[1], 1.0, (1 - sum(_D65)) / _D65[1]])
    scale = np.diag((cones @ d65) / (cones @ colours[:, 3]))
    return np.asarray(np.linalg.inv(cones) @ scale @ cones @ matrix)


@cache
def _encoded() -> NDArray[np.uint8]:
    """Values 0…255 of sRGB for light from 0 to 1 in equal steps (IEC 61966-2-1)."""
    light = np.linspace(0, 1, _STEPS)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray((values * 255 + 0.5).astype(np.uint8))


def _power(gamma: float) -> Curve:
    return np.asarray((np.arange(256) / 255) ** gamma, np.float32)


def _linear(transfer: int) -> Curve:
    """Light for each of the values 0…255, where 1 is white. Lights of HDR above white are cut."""
    value = np.arange(256) / 255
    match transfer:
        case 4:
            light = value**2.2
        case 5:
            light = value**2.8
        case 8:
            light = value
        case 16:  # SMPTE ST 2084
            root = value ** (1 / 78.84375)
            light = (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
            light = light * 10_000 / _WHITE_NITS
        case 18:  # BT.2100: 75 % is white; the system gamma of 1.2 on each channel alone
            a, b, c = 0.17883277, 0.28466892, 0.55991073
            scene = np.where(value <= 0.5, value**2 / 3, (np.exp((value - c) / a) + b) / 12)
            light = (scene / ((np.exp((0.75 - c) / a) + b) / 12)) ** 1.2
        case _:  # of SDR video, too: everybody shows it with the curve of sRGB
            light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return np.asarray(light, np.float32)
