"""Whether the keys that a caller names are theirs, and there."""

import asyncio
import time
from collections import OrderedDict

from schemas.objects import owner_of
from schemas.pictures import MAX_MEGABYTES
from services.gateway.accounts.sessions import Caller
from services.gateway.errors import ApiError, not_found
from services.storage import ObjectStore

_MOST_BYTES = MAX_MEGABYTES * 2**20


class SeenKeys:
    """Keys that were there a moment ago: a shopper tries many garments on one photograph, and objects stay."""

    SECONDS = 60.0
    _MOST = 10_000

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, key: str) -> None:
        """The key is there now."""
        self._until[key] = time.monotonic() + self.SECONDS
        if len(self._until) > self._MOST:
            self._until.popitem(last=False)

    def __contains__(self, key: str) -> bool:
        return self._until.get(key, 0.0) > time.monotonic()


async def check_keys(objects: ObjectStore, caller: Caller, *keys: str, seen: SeenKeys | None = None) -> None:
    """Raises 404 unless every key is the caller's and there. Those in ``seen`` are not looked up again.

    S3 cannot bound an upload whose size nobody told beforehand: one that is too large goes at its first use, with 413.
    """
    if any(owner_of(key) != caller.id for key in keys):
        raise not_found("object")
    unsure = [key for key in keys if seen is None or key not in seen]
    sizes = dict(zip(unsure, await asyncio.gather(*(objects.size(key) for key in unsure)), strict=True))
    if None in sizes.values():
        raise not_found("object")
    too_large = [key for key, size in sizes.items() if size is not None and size > _MOST_BYTES]
    if too_large:
        await asyncio.gather(*(objects.delete(key) for key in too_large))
        raise ApiError(413, "picture_too_large", f"At most {MAX_MEGABYTES} MB are accepted.")
    if seen is not None:
        for key in unsure:
            seen.add(key)
