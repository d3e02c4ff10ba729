"""What a garment's picture shows: whether it is alone, how many there are, which part of the body it is for."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.check.person import fractions, people, roomy, seen
from inference.check.sharpness import Pixels, quality_codes
from inference.check.silhouette import part_of
from inference.garment.cut import plain_background
from inference.garment.salient import salient
from inference.matte.foreground import distance_to_border_colours
from inference.matte.matte import main_components
from inference.person.analyse import Analyst, Sight
from inference.person.body import Glance
from inference.person.parse import Part
from inference.shrink import shrink
from inference.tasks.photo_check import GarmentSeen, Photo, Report
from schemas.jobs.photo_check import Background

_WORK = 480  # long side of the silhouette, in pixels
_SURE = 0.8  # confidence from which a part is believed to be another than the one asked for
_UNSURE = 0.5  # at most, of a silhouette from a background that is not plain
_SKIN = 0.03  # of the person, from which somebody wears the garment
_TALL = 0.25  # of the picture's height: somebody smaller is a print
_EDGE = 0.35  # share of a side of the picture that a garment may cover
_LARGE = 0.3  # of the largest thing: smaller ones are labels and buttons
_SEAM = 0.9  # of a picture's length along which a straight edge must run to part two pictures
_SEAMS = 3  # such lines; more are a pattern: stripes, bricks
_STEP = 12  # levels of 255 that such an edge differs by

Mask = NDArray[np.uint8]


def check_garment(photo: Photo, sight: Sight, alpha: Pixels | None, analyst: Analyst) -> Report:
    """``sight`` is the photo as it is looked at, ``alpha`` (H, W) its transparency if it has one."""
    rgb, size = sight.rgb, sight.size
    body = seen(analyst.glance(sight))
    small = shrink(rgb, _WORK)
    mask, background = silhouette(small, alpha)
    worn = body is not None and _wears(body)
    codes = quality_codes(rgb, _grown(mask, rgb.shape), size)
    box = fractions(body.box, body.size) if worn and body is not None else _box(mask)
    if box is None or mask.mean() > 0.98:
        codes.add("garment_not_found")
        return Report(photo.part, "none", codes=frozenset(codes))
    collage, items = is_collage(small), 1
    part, confidence = None, 0.0
    if worn:
        codes.add("garment_worn")
    else:
        items = _things(mask)
        part, confidence = part_of(mask) if items == 1 and not collage else (None, 0.0)
        if background == "busy":
            confidence = min(confidence, _UNSURE)
        if items > 1 and not collage:
            codes.add("garment_several")
        if background != "busy" and _edge(mask) > _EDGE:
            codes.add("garment_cut_off")
    if collage:
        codes.add("garment_collage")
    if background == "busy" and not worn and not collage:
        codes.add("garment_background")
    if photo.part is not None and part not in (None, photo.part) and confidence >= _SURE:
        codes.add("garment_part_differs")
    found = GarmentSeen(worn, part, round(confidence, 2), items, collage, background)
    return Report(
        photo.part,
        people(body) if worn and body is not None else "none",
        box if worn else None,
        crop=roomy(box, size),
        garment=found,
        codes=frozenset(codes),
    )


def is_collage(small: Pixels) -> bool:
    """Whether a straight edge parts ``small`` (h, w, 3) from one side to the other, away from its borders."""
    for picture in (small, small.transpose(1, 0, 2)):
        steps = np.abs(np.diff(picture.astype(np.int16), axis=1)).max(axis=2) > _STEP
        share = steps.mean(axis=0)
        inner = share[len(share) // 8 : len(share) - len(share) // 8]
        if 0 < int((inner > _SEAM).sum()) <= _SEAMS:
            return True
    return False


def silhouette(small: Pixels, alpha: Pixels | None) -> tuple[Mask, Background]:
    """The garment's pixels, 0 and 1, and what is behind it."""
    if alpha is not None:
        shrunk = cv2.resize(alpha, small.shape[1::-1], interpolation=cv2.INTER_AREA)
        return (shrunk > 127).astype(np.uint8), "transparent"
    # A shadow on it is background, too: its colour is none of the garment's.
    flat = plain_background(*distance_to_border_colours(small))
    if flat is not None:
        return main_components(np.asarray(~flat, np.uint8)), "plain"
    subject = salient(small)
    if subject is None:
        return np.ones(small.shape[:2], np.uint8), "busy"
    return main_components((subject > 0.5).astype(np.uint8)), "busy"


def _wears(body: Glance) -> bool:
    whole = float((1 - body.share(Part.BACKGROUND)).sum())
    skin = float((body.share(Part.FACE) + body.share(Part.SKIN)).sum())
    return skin > _SKIN * whole and (body.box[3] - body.box[1]) > _TALL * body.size[1]


def _box(mask: Mask) -> tuple[float, float, float, float] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size or float(mask.mean()) < 0.01:
        return None
    edges = (float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return fractions(edges, (mask.shape[1], mask.shape[0]))


def _things(mask: Mask) -> int:
    """Large things that do not touch."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= _LARGE * areas.max()).sum()) if areas.size else 0


def _edge(mask: Mask) -> float:
    """The largest share of a side of the picture that the garment touches."""
    near = 3
    sides = (mask[:near], mask[-near:], mask[:, :near].T, mask[:, -near:].T)
    return max(float(side.any(axis=0).mean()) for side in sides)


def _grown(mask: Mask, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.asarray(cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) > 0)
