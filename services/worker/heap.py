"""How the C library keeps memory that was freed: a worker's threads use one heap, and one the room of another."""

import asyncio
import ctypes

from services.worker.decode.memory import Share

#: Options of glibc's ``mallopt``, from its malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: Blocks from this size on, whole pictures, are the system's again once they are freed. Pillow lays large pictures
#: down in blocks of almost 16 MiB.
_OWN_MAPPING = 15 * 2**20
#: Smaller ones stay with the process: to give them back and ask for them anew costs a fifth of a try-on.
_KEPT = 512 * 2**20
#: Bytes of a job's pictures, from which on what it leaves free in the heap is worth giving back.
_LARGE = 64 * 2**20


def use_one_heap() -> None:
    """For the whole process, from now on. Does nothing where the C library is not glibc.

    Left to itself, glibc gives each thread a heap of its own, which holds what that thread once needed at most.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for option, value in ((_MMAP_THRESHOLD, _OWN_MAPPING), (_TRIM_THRESHOLD, _KEPT), (_ARENA_MAX, 1)):
        mallopt(option, value)


async def give_back(share: Share) -> None:
    """After a job of large pictures, what its heap has free is the system's again: else it lies beside the next one's.

    Smaller jobs find their room where it was.
    """
    if share.held >= _LARGE:
        await asyncio.to_thread(trim)


def trim() -> None:
    """What the heap has free is the system's again. Does nothing where the C library is not glibc."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(0)
