"""The garment of a product shot: what a colour model of the border and a network of salient things agree on.

Either alone fails often (a print alone, eaten stripes, a lost white sleeve); what one misses the other has, and a
flood from a flat border takes away what both took too much.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.engine import Cutout
from inference.garment.clefts import without_clefts
from inference.garment.salient import salient
from inference.garment.stripes import joined, mended
from inference.garment.symmetry import mirror_likeness, with_mirrored
from inference.matte.foreground import (
    BUSY,
    Backdrop,
    Foreground,
    backdrop_of,
    border,
    distance_to_border,
    find_mask,
)
from inference.matte.ground import SMOOTH
from inference.matte.matte import Pixels, clean_colours, main_components, refine
from inference.matte.shadow import aside, dim, soft
from inference.matte.trim import trim
from inference.pixels import pixels_of
from schemas.jobs.try_on import GarmentPart

_WORK = 480  # long side, in pixels
_AGREED = 0.93  # intersection over union from which the colour model is believed
_CERTAIN = 0.97  # …from which the network is not asked
_DOUBTED = 0.7  # below which the cut-out should be looked at
_GAP = 9  # least width of a gap between sleeve and side, in pixels of the working size
_GAPS = (0.004, 0.05)  # least and largest area of a closed gap, by the garment's
_PAPER = 3.0  # Lab distance within which it has the border's colour
_TIDY = 0.94  # a mask that needs no other
_TIDIER = 0.02  # how much tidier another mask must be to be preferred
_SAME = 0.55  # …and its intersection over union with the usual one
_SHADE = 0.22  # of a mask, that may be the shadow beside a garment
_BESIDE = 5  # pixels beside a garment in which its edge hides how soft its shadow is
_FRAYED = 0.02  # tidiness that a mask may lose with its shadow
_SURE = 0.95  # from which what the network sees is no shadow
_EDGE, _ROOM = 1, 24  # how far within the network's and the colours' edge a shadow may lie, in pixels
_PLAIN = 0.15  # share of a picture that a flood from its border must reach for its background to be plain
_FLAT = 1.3  # Lab distance within which a pixel has its border's colour


@dataclass(frozen=True)
class _Seen:
    rgb: Pixels  # at the working size
    colours: NDArray[np.bool_]
    subject: NDArray[np.bool_]


def cut_out(picture: Image.Image, part: GarmentPart) -> Cutout:
    """The garment as a trimmed RGBA picture.

    A picture that comes with transparency is taken at its word. Raises PictureError (``garment_not_found``).
    """
    if picture.mode == "RGBA":
        alpha = np.asarray(picture.getchannel("A"), np.uint8)
        return trim(np.asarray(picture.convert("RGB"), np.uint8), alpha, part, low_confidence=False)
    rgb = pixels_of(picture)
    found = find_garment(rgb)
    alpha = without_clefts(rgb, found.alpha)
    return trim(clean_colours(rgb, alpha), alpha, part, low_confidence=bool(found.doubts))


def find_garment(picture: Pixels) -> Foreground:
    """The garment of ``picture`` (H, W, 3) and doubts about it."""
    coarse, doubts = find_mask(picture)
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    colours = refine(small, coarse) > 127
    backdrop = backdrop_of(small)
    distance, spread = distance_to_border(small, backdrop)
    flat = plain_background(distance, spread)
    seen = None if _beyond_doubt(colours, flat, doubts) else salient(picture)
    if seen is None:
        shade = None if flat is None else _shade(backdrop, flat, _core(colours, _ROOM))
        if shade is not None and aside(shade, colours):
            coarse = _without(colours.astype(np.uint8), shade)
        return Foreground(refine(picture, coarse), doubts)
    seen = np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR), np.float32)
    subject = seen > 0.5
    agreed = _overlap(colours, subject) >= _AGREED
    if flat is None:
        mask = coarse if agreed else main_components(subject.astype(np.uint8))
        doubts = doubts if agreed else (*doubts, "there is no plain background")
        return Foreground(refine(picture, mask if mask.any() else coarse), doubts)
    agreed = agreed or _overlap(colours, subject & ~flat) >= _AGREED
    usual = colours.astype(np.uint8) if agreed else _unite(_Seen(small, colours, subject), flat)
    taken, bands = usual if agreed else None, joined(distance)
    if bands is not None:
        usual = usual | bands
    # A gap beside a sleeve is broader than the ends of white stripes, into which the flood gets, too.
    gaps = cv2.morphologyEx(flat.astype(np.uint8), cv2.MORPH_OPEN, np.ones((_GAP, _GAP), np.uint8)) > 0
    usual = _parted(small, usual)
    shade = _shade(backdrop, flat, _core(seen > _SURE, _EDGE))
    usual = _without(usual, shade if bands is None else shade & (bands == 0))
    others = [
        main_components(mask.astype(np.uint8)) for mask in ((usual > 0) & ~gaps, subject & ~flat, subject)
    ]
    tidier = _tidiest(usual, others)
    mask = usual if tidier is None else tidier
    whole = mended(small, mask)
    if whole is taken:
        return Foreground(refine(picture, coarse), doubts)
    doubts = ("two ways of looking disagree",) if _overlap(whole > 0, subject) < _DOUBTED else ()
    return Foreground(refine(picture, whole), doubts)


def _beyond_doubt(
    colours: NDArray[np.bool_], flat: NDArray[np.bool_] | None, doubts: tuple[str, ...]
) -> bool:
    """Whether colours and the flood see the same tidy garment: the network, the dearest look, would add nothing."""
    if flat is None or doubts or _overlap(colours, ~flat) < _CERTAIN:
        return False
    return _tidiness(colours.astype(np.uint8)) > _TIDY


def plain_background(distance: NDArray[np.float32], spread: float) -> NDArray[np.bool_] | None:
    """What a flood from a picture's border reaches, (h, w); None where the background is not plain.

    ``distance`` (h, w) is that of each pixel to the background, ``spread`` how much the border varies.
    """
    flat = _flooded(distance < max(_FLAT, 3 * spread / 2))
    return None if spread > BUSY or flat.mean() < _PLAIN else flat


def _shade(backdrop: Backdrop, flat: NDArray[np.bool_], core: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The shadow beside a garment, as far as it reaches into its mask: from the ``flat`` background to the ``core``.

    Its way must be broader than a leak in a pale garment's edge.
    """
    if backdrop.rough >= SMOOTH:
        return np.zeros_like(flat)
    kernel = np.ones((3, 3), np.uint8)
    darker = dim(backdrop.lab, backdrop.behind)
    way = (flat | (darker & soft(backdrop.lab))) & ~core
    reached = _flooded(cv2.erode(way.astype(np.uint8), kernel) > 0)
    # Right beside the garment its own edge is sharp.
    shade = cv2.dilate(reached.astype(np.uint8), kernel, iterations=_BESIDE) > 0
    shade &= darker & ~core & ~flat
    if core.any():
        # The inside of a back, in its collar's shade, is the garment's.
        left, top, wide, tall = cv2.boundingRect(core.astype(np.uint8))
        shade[: top + tall // 6, left + wide // 4 : left + wide - wide // 4] = False
    return shade


def _without(mask: Pixels, shade: NDArray[np.bool_]) -> Pixels:
    """``mask`` without ``shade``; as it is where that is much of it or frays it, and so the garment's own."""
    lit = with_mirrored(main_components(np.where(shade, 0, mask).astype(np.uint8)), mask)
    if lit.sum() < (1 - _SHADE) * mask.sum() or _tidiness(lit) < _tidiness(mask) - _FRAYED:
        return mask
    return lit


def _core(mask: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """``mask`` without ``margin`` pixels of its edge."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=margin) > 0)


def _parted(small: Pixels, mask: Pixels) -> Pixels:
    """``mask`` without a closed gap beside one sleeve that is open beside the other: a garment mirrors."""
    lab = cv2.cvtColor((small / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    far = np.linalg.norm(lab - np.median(lab[border(small.shape)], axis=0), axis=2)
    alike = ((far < _PAPER) & (mask > 0)).astype(np.uint8)
    alike = np.asarray(cv2.morphologyEx(alike, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8)), np.uint8)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(alike)
    parted = mask
    for gap in range(1, count):
        width, height, area = (int(value) for value in boxes[gap, 2:5])
        share = area / float(mask.sum())
        if height < 2.5 * width or not _GAPS[0] < share < _GAPS[1]:
            continue
        grown = cv2.dilate((labels == gap).astype(np.uint8), np.ones((3, 3), np.uint8))
        without = np.where(grown > 0, 0, parted).astype(np.uint8)
        if mirror_likeness(without) > mirror_likeness(parted) + 0.3 * share:
            parted = without
    return parted


def _tidiest(usual: Pixels, others: list[Pixels]) -> Pixels | None:
    """The one of ``others`` that is clearly more garment-like than the ``usual`` mask; None when none is.

    Garments mirror, and their edges are smooth: a mask that a flood has bitten into does neither.
    """
    own = _tidiness(usual)
    if own > _TIDY:
        return None
    best, least = None, own + _TIDIER
    for other in others:
        # It must be the same garment, near enough.
        if other.any() and (tidy := _tidiness(other)) > least and _overlap(other > 0, usual > 0) > _SAME:
            best, least = other, tidy
    return best


def _tidiness(mask: Pixels) -> float:
    """How well a mask mirrors, less what of it is frayed: 1 at best."""
    if not mask.any():
        return 0.0
    solid = (mask > 0).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    closed = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, kernel)
    frayed = float((cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel) != solid).sum())
    return mirror_likeness(solid) - 2 * frayed / float(solid.sum())


def _unite(seen: _Seen, flat: NDArray[np.bool_]) -> Pixels:
    both = seen.colours | seen.subject
    grey = np.asarray(cv2.cvtColor(seen.rgb, cv2.COLOR_RGB2GRAY), np.float32)
    shade = _shadow_like(seen.rgb, grey)
    near = cv2.dilate(both.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    # What the colour model closed off stays: a flood gets into white stripes whose ends touch a white border.
    mask = seen.colours | (near & ~flat & ~shade) | (seen.subject & ~flat)
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return main_components(np.asarray(closed, np.uint8))


def _flooded(passable: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What reaches the border of a picture through its ``passable`` pixels (h, w)."""
    _, labels = cv2.connectedComponents(passable.astype(np.uint8), connectivity=4)
    outside = np.unique(labels[border(passable.shape) & passable])
    return np.asarray(np.isin(labels, outside[outside > 0]))


def _shadow_like(rgb: Pixels, grey: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Somewhat darker than the border, of its hue, and smooth."""
    lab = cv2.cvtColor((rgb / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)
    base = np.median(lab[border(rgb.shape)], axis=0)
    chroma = np.linalg.norm(lab[..., 1:] - base[1:], axis=-1)
    darker = base[0] - lab[..., 0]
    slope = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    return np.asarray((chroma < 4) & (darker > -1) & (darker < 30) & (cv2.blur(slope, (5, 5)) < 40))


def _overlap(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = int((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0
