"""Where cloth lies on the shoulders: their upper line, and the tips that a garment's shoulder seams lie on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.wearer import Wearer

Points = NDArray[np.float64]

#: Height of a standing person's trapezius above the joints, by distance from the spine, in shoulder widths.
_OUT = np.array([0.0, 0.2, 0.5, 0.63, 0.8])
_UP = np.array([0.34, 0.30, 0.18, 0.13, 0.02])
_THICK = 0.015  # of cloth on a shoulder
_BELOW, _ABOVE = 0.10, 0.12  # how far a measured line may lie from it


def tip(wearer: Wearer, sign: int) -> Points:
    """The outer end of a shoulder, in pixels: between the joint and the outline."""
    frame = wearer.frame
    joint = wearer.arms[0 if sign < 0 else 1].line[0]
    steps = np.arange(0.0, 0.6, 0.01)
    at = (
        joint + (sign * steps * frame.width)[:, None] * frame.across + 0.02 * frame.torso * frame.down
    ).astype(np.float32)
    seen = cv2.remap(
        wearer.person, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )[0]
    outside = np.flatnonzero(seen < 0.5)
    reach = float(np.clip(steps[outside[0]] if outside.size else 0.2, 0.10, 0.27))
    u, _ = frame.uv(joint)
    out = sign * max(0.3, abs(float(u)) + 0.65 * reach)
    return np.asarray(line(wearer, np.array([out]), joint)[0])


def line(wearer: Wearer, us: Points, joint: Points | None = None) -> Points:
    """The shoulders' upper line at places across, (N, 2) pixels."""
    frame = wearer.frame
    steps = np.arange(0.30, -0.6, -0.01)  # from below the line upwards, in shoulder widths
    unit = frame.width / frame.torso
    places = []
    covered = np.clip(wearer.person - wearer.hair - wearer.face, 0, 1)
    hidden = wearer.hair + wearer.face
    for u in us:
        side = wearer.arms[0 if u < 0 else 1].line[0] if joint is None else joint
        _, base = frame.uv(side)
        usual = float(np.interp(abs(u), _OUT, _UP))
        at = frame.place(u, float(base) + steps * unit).astype(np.float32)
        own, other = (
            cv2.remap(p, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
            for p in (covered, hidden)
        )
        ends = np.flatnonzero((own < 0.5) & (steps < 0.2))
        up = usual
        if ends.size and other[ends[0]] < 0.4 and abs(u) > 0.22:
            up = float(np.clip(-steps[ends[0]], usual - _BELOW, usual + _ABOVE))
        places.append(frame.place(u, float(base) - (up + _THICK) * unit))
    return np.array(places)
