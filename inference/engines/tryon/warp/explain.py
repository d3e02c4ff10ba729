"""What each step of a try-on saw and decided, as pictures: for whoever wonders why a result looks as it does."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.engines.tryon.warp.body.wearer import Wearer, wearer_of
from inference.engines.tryon.warp.dress import dress
from inference.engines.tryon.warp.garment import PreparedGarment
from inference.engines.tryon.warp.plan.bottom import plan_bottom
from inference.engines.tryon.warp.plan.pieces import Piece
from inference.engines.tryon.warp.plan.top import plan_top
from inference.garment.bottom import NotABottom, find_bottom
from inference.garment.neckline import open_neck
from inference.garment.top import NotATop, find_top
from inference.person.body import Body
from inference.pixels import pixels_of
from schemas.jobs.try_on import GarmentPart

Pixels = NDArray[np.uint8]

#: Background, hair, skin, face, clothes, other.
_COLOURS = np.array(
    [(240, 240, 240), (90, 60, 40), (230, 170, 130), (250, 210, 180), (70, 110, 190), (150, 80, 160)],
    np.float32,
)


def explain(photo: Image.Image, body: Body, garment: PreparedGarment, part: GarmentPart) -> dict[str, Pixels]:
    """Pictures (h, w, 3) by step, in order. ``photo``, RGB, is the one that ``body`` was seen on.

    Raises PictureError as ``dress`` does.
    """
    wearer = wearer_of(body)
    steps = {"parse": _parse(body), "body": _body(wearer), "cut-out": _cut_out(garment)}
    try:
        pieces = _pieces(garment, wearer, part)
    except (NotATop, NotABottom):
        pieces = []
    steps["landmarks"], steps["plan"] = _landmarks(garment, pieces), _plan(body.rgb, pieces)
    steps["result"] = pixels_of(dress(photo, body, garment, part).picture)
    return steps


def _pieces(garment: PreparedGarment, wearer: Wearer, part: GarmentPart) -> list[Piece]:
    if part is GarmentPart.LOWER:
        return list(plan_bottom(find_bottom(garment.mask), wearer).pieces)
    neck, top = open_neck(garment.small, garment.mask, find_top(garment.mask))
    plan = plan_top(top, wearer, dress=part is GarmentPart.OVERALL, covered=neck)
    return [plan.torso, *plan.sleeves]


def _parse(body: Body) -> Pixels:
    """What each pixel of the person was taken for, in one colour a class."""
    return np.asarray(np.clip(body.classes.astype(np.float32) @ _COLOURS / 255, 0, 255), np.uint8)


def _body(wearer: Wearer) -> Pixels:
    """The trunk's sides in green, limbs in yellow, the seam of top and bottom in magenta."""
    frame, picture = wearer.frame, wearer.body.rgb.copy()
    for sign in (-1, 1):
        _line(picture, frame.place(sign * wearer.side(sign, wearer.rows), wearer.rows), (0, 200, 0))
    for limb in (*wearer.arms, *wearer.legs):
        _line(picture, limb.line, (240, 200, 0))
    _line(picture, frame.place(wearer.seam.u, wearer.seam.v), (230, 0, 230))
    return picture


def _cut_out(garment: PreparedGarment) -> Pixels:
    """On grey, at the size of the silhouette."""
    picture = garment.small.copy()
    picture[garment.mask == 0] = 128
    return picture


def _landmarks(garment: PreparedGarment, pieces: list[Piece]) -> Pixels:
    """The points that are bent onto the body."""
    picture = _cut_out(garment)
    for piece in pieces:
        _dots(picture, piece.source)
    return picture


def _plan(rgb: Pixels, pieces: list[Piece]) -> Pixels:
    """Where those points go, and the shapes that are filled."""
    picture = rgb.copy()
    for piece in pieces:
        _line(picture, np.concatenate([piece.shape, piece.shape[:1]]), (0, 120, 255))
        _dots(picture, piece.target)
    return picture


def _line(picture: Pixels, points: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
    cv2.polylines(picture, [np.round(points).astype(np.int32)], False, colour, 2, cv2.LINE_AA)


def _dots(picture: Pixels, points: NDArray[np.float64]) -> None:
    for x, y in np.round(points).astype(int).tolist():
        cv2.circle(picture, (x, y), 3, (230, 30, 30), -1, cv2.LINE_AA)
