"""A sleeve on a garment's silhouette: its edges, where its cuff is, and its pixels."""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.garment.outline import Mask, Points, length, turning


@dataclass(frozen=True)
class Sleeve:
    """``outer`` runs from the shoulder's tip to the cuff, ``inner`` from the armpit to the cuff, (14, 2) each."""

    outer: Points
    inner: Points


def cuff(path: Points, sign: int, root: Points) -> tuple[int, int]:
    """The two corners of a sleeve's end on its outline from tip to armpit: sharp, with a straight line between."""
    total = length(path)
    reach = max(3, round(0.05 * len(path)))
    turn = turning(path, reach) * sign
    candidates = [
        i
        for i in range(reach, len(path) - reach)
        if turn[i] > 0.35 and turn[i] == turn[max(0, i - reach) : i + reach + 1].max()
    ]
    # Where a sleeve lies against the side, its inner corner is the outline's end.
    candidates.append(len(path) - 1)
    turn[-1] = 0.8
    steps = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
    start, end = path[0], path[-1]
    far = np.linalg.norm(path - root, axis=1)
    best, found = -1.0, None
    for a, i in enumerate(candidates):
        for j in candidates[a + 1 :]:
            wide = float(np.linalg.norm(path[j] - path[i]))
            bow = (steps[j] - steps[i]) / max(1.0, wide)
            if wide < 0.05 * total or bow > 1.3:
                continue
            away = float(min(far[i], far[j]) / max(1.0, far.max()))
            if away < 0.55:
                continue
            along = (path[i] + path[j]) / 2 - root
            lean = abs(float((path[j] - path[i]) @ along)) / max(1.0, wide * float(np.linalg.norm(along)))
            score = turn[i] + turn[j] - 3 * (bow - 1) + 3 * away - 2 * lean
            if score > best:
                best, found = score, (i, j)
    if found is None:
        # A round end: the tenth of the outline about the point furthest away.
        chord = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
        off = np.abs((path[:, 0] - start[0]) * chord[1] - (path[:, 1] - start[1]) * chord[0])
        tip = int(np.argmax(off))
        span = max(2, round(0.06 * len(path)))
        found = max(1, tip - span), min(len(path) - 2, tip + span)
    return found


def pixels_of(mask: Mask, sleeve: Sleeve) -> Mask:
    """The sleeve's pixels: within its edges."""
    polygon = np.concatenate([sleeve.outer, sleeve.inner[::-1]])
    piece = np.zeros_like(mask)
    cv2.fillPoly(piece, [np.round(polygon).astype(np.int32)], 1)
    grown = cv2.dilate(piece, np.ones((5, 5), np.uint8))
    return np.asarray((grown > 0) & (mask > 0), np.uint8)
