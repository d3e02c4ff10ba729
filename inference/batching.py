"""Which waiting items share the next forward pass, and when it waits for no more. Pure: no engine, clock or thread."""

from collections.abc import Hashable, Sequence
from typing import Protocol, TypeVar

#: A vip item goes before a standard one, but never more than three in a row while a standard one waits.
VIP_RUN = 3


class WaitingItem(Protocol):
    """What the policy looks at; ``arrived`` in seconds of any clock."""

    @property
    def bucket(self) -> Hashable: ...

    @property
    def vip(self) -> bool: ...

    @property
    def arrived(self) -> float: ...


W = TypeVar("W", bound=WaitingItem)


def fill(
    forming: Sequence[W], vip: Sequence[W], standard: Sequence[W], size: int, vip_run: int
) -> tuple[list[W], int]:
    """What joins a ``forming`` batch of at most ``size``, in order, and how many vips went in a row by then.

    All items of a batch are of one bucket: the first one's. ``vip`` and ``standard`` wait in their order.
    """
    joining: list[W] = []
    lanes = (list(vip), list(standard))
    while len(forming) + len(joining) < size:
        first = next(iter((*forming, *joining)), None)
        picked = _pick(lanes if vip_run < VIP_RUN else lanes[::-1], first)
        if picked is None:
            break
        joining.append(picked)
        vip_run = vip_run + 1 if picked.vip and lanes[1] else 0
    return joining, vip_run


def _pick(lanes: Sequence[list[W]], first: W | None) -> W | None:
    """The first that fits, taken off its lane."""
    for lane in lanes:
        for place, item in enumerate(lane):
            if first is None or item.bucket == first.bucket:
                return lane.pop(place)
    return None


def due(forming: Sequence[WaitingItem], size: int, window: float) -> float | None:
    """When the batch waits for nothing more: at once (minus infinity) when it is full.

    None when it is empty: never.
    """
    if not forming:
        return None
    return float("-inf") if len(forming) >= size else forming[0].arrived + window
