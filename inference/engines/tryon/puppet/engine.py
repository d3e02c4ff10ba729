"""The embedded default: no weights, no GPU. A preview, and every result says so."""

from collections.abc import Hashable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inference.engine import EngineInfo, Progress, TryOnItem, TryOnPicture, one_by_one
from inference.engines.tryon.puppet.body import Torso, from_pose, guess
from inference.engines.tryon.puppet.mesh import bend, target_quad, warp
from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.options import Options
from schemas.jobs.try_on import GarmentPart

#: Larger pictures are bent at this size; the garment's own detail seldom is finer.
_WORK = 1536
#: Rows of a picture that are put together at a time.
_BAND = 256
#: A garment that covers less of the picture than this lies outside it.
_VISIBLE = 0.002


def dress(item: TryOnItem) -> Image.Image:
    """The person wearing the garment, RGB of the person's size. Pixels off the garment are the person's own.

    Raises PictureError when the garment cannot be found in its picture.
    """
    width, height = item.person.size
    scale = min(1.0, (item.max_long_side or _WORK) / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    person = np.asarray(item.person.resize(size, Image.Resampling.LANCZOS) if scale < 1 else item.person)

    part = item.params.garment
    cutout = cut_out(item.garment, part)
    torso = from_pose(item.params.pose, *size) if item.params.pose else guess(person)
    garment = np.asarray(cutout.image)
    assert cutout.anchors is not None
    source, target = bend(cutout.anchors, target_quad(torso, part), cutout.image.size, part)
    overlay = warp(garment, source, target, size)
    if int((overlay[..., 3] > 127).sum()) < _VISIBLE * overlay[..., 3].size:
        # Nothing to show: the person's own picture would pass for a result.
        raise PictureError(
            "body_not_in_picture",
            "The part of the body that wears this garment is not in the picture. Use one that shows it.",
        )
    overlay = _shade(overlay, person)
    if part is not GarmentPart.LOWER:
        overlay = _bare_neck(overlay, torso)
    return _worn(item.person, Image.fromarray(overlay))


def _bare_neck(overlay: NDArray[np.uint8], torso: Torso) -> NDArray[np.uint8]:
    """Keep chin and neck uncovered: in a product shot the back of the collar is in front of them."""
    left, right = np.array(torso.left_shoulder), np.array(torso.right_shoulder)
    span = float(np.linalg.norm(left - right))
    centre = (left + right) / 2 - (0, 0.28 * span)
    mask = np.zeros(overlay.shape[:2], np.uint8)
    at = (round(float(centre[0])), round(float(centre[1])))
    cv2.ellipse(
        mask, at, (max(1, round(0.21 * span)), max(1, round(0.34 * span))), 0, 0, 360, 255, -1, cv2.LINE_AA
    )
    bare = overlay.copy()
    bare[..., 3] = (overlay[..., 3].astype(np.uint16) * (255 - mask) // 255).astype(np.uint8)
    return bare


def _shade(overlay: NDArray[np.uint8], person: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Let the person's light fall on the garment: their broad shading, gently, and darker towards its edge."""
    light = cv2.cvtColor(person, cv2.COLOR_RGB2GRAY).astype(np.float32) + 24
    span = max(person.shape[:2])
    broad = cv2.GaussianBlur(light, (0, 0), span / 40)
    flat = cv2.GaussianBlur(light, (0, 0), span / 10)
    factor = np.clip(broad / flat, 0.8, 1.2) ** 0.4
    solid = (overlay[..., 3] > 127).astype(np.uint8)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3) / (0.03 * span)
    factor *= 0.86 + 0.14 * np.clip(depth, 0, 1) ** 0.5
    shaded = overlay.copy()
    shaded[..., :3] = np.clip(overlay[..., :3] * factor[..., None], 0, 255)
    return shaded


def _worn(person: Image.Image, overlay: Image.Image) -> Image.Image:
    """``person`` with ``overlay``, RGBA of the same shape, over it; a band of rows after the other."""
    result = person.copy()
    (width, height), step = person.size, overlay.height / person.height
    for top in range(0, height, _BAND):
        bottom = min(height, top + _BAND)
        box = (0.0, top * step, float(overlay.width), min(bottom * step, float(overlay.height)))
        if overlay.size == person.size:
            over = overlay.crop((0, top, width, bottom))
        else:
            over = _enlarge(overlay, (width, bottom - top), box)
        under = person.crop((0, top, width, bottom))
        result.paste(Image.fromarray(_blend(np.asarray(under), np.asarray(over))), (0, top))
    return result


def _enlarge(
    overlay: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]
) -> Image.Image:
    """Part of it, with the rows around it for its edges' sake."""
    above, below = max(0, int(box[1]) - 4), min(overlay.height, int(box[3]) + 5)
    part = overlay.crop((0, above, overlay.width, below))
    return part.resize(size, Image.Resampling.BICUBIC, box=(box[0], box[1] - above, box[2], box[3] - above))


def _blend(person: NDArray[np.uint8], overlay: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = overlay[..., 3:].astype(np.float32) / 255
    mixed = overlay[..., :3] * alpha + person * (1 - alpha)
    return np.where(alpha > 0, np.round(mixed), person).astype(np.uint8)


class PuppetEngine:
    """Dresses one after the other; a batch only shares the thread."""

    def __init__(self) -> None:
        self.info = EngineInfo("puppet", "Apache-2.0", "open", device="cpu", preview=True)

    def load(self) -> None:
        return None

    def example(self) -> TryOnItem:
        person = Image.new("RGB", (240, 320), "#d8dde3")
        draw = ImageDraw.Draw(person)
        draw.ellipse((100, 30, 140, 85), fill="#c58c6a")
        draw.rounded_rectangle((75, 95, 165, 310), 25, fill="#40506a")
        garment = Image.new("RGB", (180, 200), "white")
        ImageDraw.Draw(garment).rounded_rectangle((45, 20, 135, 180), 12, fill="#b03a48")
        return TryOnItem(person, garment)

    def bucket(self, _item: TryOnItem, /) -> Hashable:
        return "any"

    def run(self, batch: Sequence[TryOnItem], progress: Progress, /) -> Sequence[TryOnPicture | PictureError]:
        return one_by_one(batch, lambda item: TryOnPicture(dress(item)), progress)


OPTIONS = Options


def create(_options: Options) -> PuppetEngine:
    """The engine; it has no options."""
    return PuppetEngine()


def available(_options: Options) -> str | None:
    """Always."""
    return None
