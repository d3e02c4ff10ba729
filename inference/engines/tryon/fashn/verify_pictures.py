"""Compare what prepares pictures with what was recorded: sizes, canvases, masks, poses and their drawings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file
from torch import Tensor

from inference.engines.tryon.fashn import dwpose
from inference.engines.tryon.fashn.canvas import Pixels, fit, fit_drawing, fitted_box, limit, limited_size
from inference.engines.tryon.fashn.drawing import Skeleton, draw
from inference.engines.tryon.fashn.labels import GREY, garment_mask, paintable
from inference.engines.tryon.fashn.sampling import Conditions, to_unit
from inference.engines.tryon.verdicts import CaseVerdict
from schemas.jobs.try_on import GarmentPart

PARTS = {"tops": GarmentPart.UPPER, "bottoms": GarmentPart.LOWER, "one-pieces": GarmentPart.OVERALL}
_REAL_CANVAS = 864, 576


@dataclass(frozen=True)
class Canvases:
    """uint8, batch first: pictures (B,H,W,3) and poses (B,H,W); ``box`` is the photo's part of the canvas."""

    person: Tensor
    garment: Tensor
    person_pose: Tensor
    garment_pose: Tensor
    box: tuple[int, int, int, int] | None = None

    def conditions(self, category: Tensor) -> Conditions:
        """As the network takes them."""
        return Conditions(
            person=to_unit(self.person.permute(0, 3, 1, 2)),
            garment=to_unit(self.garment.permute(0, 3, 1, 2)),
            person_pose=to_unit(self.person_pose[:, None]),
            garment_pose=to_unit(self.garment_pose[:, None]),
            category=category,
        )


class Photos:
    """The photos of a set, its pose networks and what was recorded of both."""

    def __init__(self, root: Path, manifest: dict[str, Any]) -> None:
        self._manifest = manifest
        self._stored = load_file(root / "preprocess.safetensors")
        height, width = manifest["model"]["input_shape"]
        self._canvas = int(height), int(width)
        folder = root / "weights/dwpose"
        self._networks = dwpose.open_networks(folder / "yolox_l.onnx", folder / "dw-ll_ucoco_384.onnx")

    def prepare(self, case: dict[str, Any], stored: dict[str, Tensor]) -> tuple[Canvases, dict[str, float]]:
        """From two photos and label maps to what the network takes, and how far it is from what was recorded."""
        part = PARTS[case["category"]]
        person, garment = (self._photo(case[what]) for what in ("person", "garment"))
        found: dict[str, float] = {}
        poses = [self._pose("person", person, stored, found)]
        if case["photo_type"] == "model":
            poses.append(self._pose("garment", garment, stored, found))
            garment = np.where(
                garment_mask(stored["garment_labels_u8"].numpy(), part)[..., None], garment, GREY
            )
        else:
            poses.append(draw(None, garment.shape[1], garment.shape[0]))
        if not case["segmentation_free"]:
            final = paintable(stored["person_labels_u8"].numpy(), part).final
            person = np.where(final[..., None], GREY, person)
        fitted = [fit(picture.astype(np.uint8), self._canvas) for picture in (person, garment)]
        drawn = [fit_drawing(pose, self._canvas) for pose in poses]
        canvases = [one.pixels for one in (*fitted, *drawn)]
        names = ("canvas_person", "canvas_garment", "canvas_person_pose", "canvas_garment_pose")
        apart = [
            _levels(made, stored[f"{name}_u8"].numpy()) for made, name in zip(canvases, names, strict=True)
        ]
        found["picture_u8_max"] = max(found.get("picture_u8_max", 0.0), *apart)
        rows = [torch.from_numpy(made)[None].expand(case["batch"], *made.shape) for made in canvases]
        return Canvases(rows[0], rows[1], rows[2], rows[3], fitted[0].box), found

    def _photo(self, name: str) -> Pixels:
        return limit(Image.fromarray(self._stored[f"{name}.rgb_u8"]), self._canvas[0])

    def _pose(self, whose: str, photo: Pixels, stored: dict[str, Tensor], found: dict[str, float]) -> Pixels:
        skeleton, _ = dwpose.find(photo, *self._networks)
        wanted = {k: stored[f"{whose}_pose.{k}"].numpy() for k in ("candidate", "subset", "hands", "faces")}
        found["fractions_abs"] = max(found.get("fractions_abs", 0.0), _skeletons(skeleton, wanted))
        drawn = draw(skeleton, photo.shape[1], photo.shape[0])
        apart = _levels(drawn, stored[f"{whose}_pose_drawn_u8"].numpy())
        found["picture_u8_max"] = max(found.get("picture_u8_max", 0.0), apart)
        return drawn

    def verdicts(self, limits: dict[str, float]) -> Iterator[CaseVerdict]:
        """Whatever of sizes, canvases, drawings, detections and masks was recorded without a case."""
        for name in sorted({key.split(".")[0] for key in self._stored}):
            stored = {
                k.removeprefix(f"{name}."): v for k, v in self._stored.items() if k.startswith(f"{name}.")
            }
            kind = name.rstrip("0123456789")
            check = {"photo": self._canvases, "draw": self._drawing, "detect": _detection, "mask": _masks}[
                kind
            ]
            deviations = check(name, stored)
            passed = all(value <= limits[key] for key, value in deviations.items())
            yield CaseVerdict(f"preprocess {name}", passed, deviations)
        rows = self._manifest["real_canvas_sizes"]["rows"]
        wrong = float(sum(not _same_sizes(row) for row in rows))
        yield CaseVerdict("preprocess sizes", wrong == 0, {"sizes_differing": wrong})

    def _canvases(self, name: str, stored: dict[str, NDArray[Any]]) -> dict[str, float]:
        small = self._photo(name)
        fitted = fit(small, self._canvas)
        left, top, right, bottom = fitted.box
        padding = [left, top, self._canvas[1] - right, self._canvas[0] - bottom]
        apart = [
            _levels(small, stored["pre_resized_u8"]),
            _levels(fitted.pixels, stored["canvas_u8"]),
            _levels(fit_drawing(stored["pose_u8"], self._canvas).pixels, stored["pose_canvas_u8"]),
            float(np.abs(np.array(padding) - stored["padding_ltrb"]).max()),
        ]
        return {"picture_u8_max": max(apart)}

    def _drawing(self, name: str, stored: dict[str, NDArray[Any]]) -> dict[str, float]:
        hands, face = -np.ones((2, 21, 2)), -np.ones((68, 2))
        if "candidate" in stored:
            points, hands, face = stored, stored["hands"], stored["faces"][0]
        else:  # another one's body alone, at another size
            of = re.match(r"draw\d+", self._manifest["preprocess"][f"{name}.image_u8"]["meaning"])
            if of is None:
                raise ValueError(f"{name}: the manifest does not say whose body this is")
            points = {k: self._stored[f"{of[0]}.{k}"] for k in ("candidate", "subset")}
        skeleton = Skeleton(points["candidate"], points["subset"][0] >= 0, hands, face)
        height, width = stored["image_u8"].shape
        return {"picture_u8_max": _levels(draw(skeleton, width, height), stored["image_u8"])}


def _detection(_name: str, stored: dict[str, NDArray[Any]]) -> dict[str, float]:
    """Recorded outputs of the networks, and what became of them."""
    rgb = stored["photo_rgb_u8"]
    height, width = rgb.shape[:2]
    given: list[NDArray[np.float32]] = []

    def detector(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        given.append(pixels)
        raw = np.zeros((1, 8400, 85), np.float32)
        raw[0, stored["yolox_index"]] = stored["yolox_rows"]
        return raw

    def network(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        number = len(given) - 1
        given.append(pixels)
        peaks, values = stored["simcc_peaks"][number], stored["simcc_values"][number]
        found = np.zeros((1, 133, 576), np.float32), np.zeros((1, 133, 768), np.float32)
        for axis, part in enumerate(found):
            part[0, np.arange(133), peaks[:, axis]] = values[:, axis]
        return found

    bgr = np.ascontiguousarray(rgb[..., ::-1])
    boxes = dwpose.detect(bgr, detector)
    people = dwpose.estimate(bgr, boxes, network)
    skeleton = dwpose.skeleton(people, width, height)
    looked = [pixels[0, :, 2::6, 2::6] for pixels in given[1:]]
    return {
        "picture_u8_max": max(
            _levels(given[0][0, :, 4::8, 4::8], stored["yolox_input_sub8_u8"]),
            _levels(draw(skeleton, width, height), stored["drawn_u8"]),
        ),
        "boxes_abs_px": _far(boxes, stored["boxes"]),
        "pose_input_abs": max(_far(a, b) for a, b in zip(looked, stored["pose_input_sub6"], strict=False)),
        "keypoints_abs_px": _far(people.points, stored["keypoints"]),
        "scores_abs": _far(people.scores, stored["scores"]),
        "fractions_abs": _skeletons(skeleton, stored),
    }


def _masks(_name: str, stored: dict[str, NDArray[Any]]) -> dict[str, float]:
    labels = stored["labels_u8"]
    differing = 0
    for category, part in PARTS.items():
        found = [*vars(paintable(labels, part)).values(), garment_mask(labels, part)]
        for mask, bits in zip(found, stored[f"{category}.bits"], strict=True):
            wanted = np.unpackbits(bits)[: labels.size].reshape(labels.shape) > 0
            differing += int((mask != wanted).sum())
    return {"mask_pixels_differing": float(differing)}


def _same_sizes(row: dict[str, Any]) -> bool:
    width, height = row["source_wh"]
    small = limited_size(width, height, max(_REAL_CANVAS))
    left, top, right, bottom = fitted_box(*small, _REAL_CANVAS)
    height, width = _REAL_CANVAS
    found = [list(small), [right - left, bottom - top], [left, top, width - right, height - bottom]]
    return found == [row["pre_resized_wh"], row["fitted_wh"], row["padding_ltrb"]]


def _skeletons(found: Skeleton, wanted: dict[str, NDArray[Any]]) -> float:
    if not np.array_equal(found.seen, wanted["subset"][0] >= 0):
        return float("inf")
    parts = (
        (found.body, wanted["candidate"]),
        (found.hands, wanted["hands"]),
        (found.face, wanted["faces"][0]),
    )
    return max(_far(a, b) for a, b in parts)


def _levels(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    return _far(found.astype(np.float64), wanted.astype(np.float64))


def _far(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    if found.shape != wanted.shape:
        return float("inf")
    return float(np.abs(found - wanted).max(initial=0.0))
