"""Bare legs below a skirt, a dress or shorts: where those end."""

import numpy as np
from numpy.typing import NDArray

from inference.engines.tryon.warp.body.limbs import Limb
from inference.engines.tryon.warp.body.wearer import Wearer

_STEP = 0.04  # of a leg, looked at together
_CLOTH, _SKIN = (
    0.5,
    0.6,
)  # share of such a part that is cloth, and that is skin, where a leg is covered, and bare


def worn_hem(wearer: Wearer) -> float | None:
    """The depth at which cloth ends on the legs, in torso lengths; None where they are covered or not in the picture.

    Cloth that begins anew further down is that of trousers with holes, which end nowhere.
    """
    ends = [_end(wearer, limb) for limb in wearer.legs]
    found = [float(wearer.frame.uv(end)[1]) for end in ends if end is not None]
    return max(found) if len(found) == len(ends) else None


def _end(wearer: Wearer, limb: Limb) -> NDArray[np.float64] | None:
    gap, along = limb.maps(wearer.shape)
    core = (gap < 0.5 * limb.radii[2]) & (along < 0.95 * limb.length)
    cloth, last, bare = False, 0.0, 0
    for share in np.arange(0.0, 0.95, _STEP):
        part = core & (along >= share * limb.length) & (along < (share + _STEP) * limb.length)
        if part.sum() < 20:
            break
        if float((wearer.clothes[part] > 0.5).mean()) > _CLOTH:
            if bare > 1:
                return None
            cloth, last, bare = True, share + _STEP, 0
        elif float((wearer.skin[part] > 0.5).mean()) > _SKIN:
            bare += 1
    if not cloth or bare < 1:
        return None
    places, _, _ = limb.at(np.array([last * limb.length]))
    return np.asarray(places[0])
