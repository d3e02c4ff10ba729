"""How the C library keeps memory that was freed: a worker that has had one large picture must not stay that large."""

import ctypes

#: Options of glibc's ``mallopt``, from its malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: Blocks from this size on are the system's again once they are freed: pictures, and what is as large as them.
_OWN_MAPPING = 32 * 2**20
#: Smaller ones, the planes of a picture at its working size, are kept for the next, to so many bytes.
_KEPT = 512 * 2**20
_ARENAS = 1  # one for the engine's thread, one for all others, near enough


def give_back_early() -> None:
    """For the whole process, from now on. Does nothing where the C library is not glibc.

    Left to itself, glibc gives each thread a heap of its own and raises the size from which a block is mapped by
    itself to 32 MiB, as such blocks are freed: pictures then lie in heaps, with holes in between.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return
    for option, value in ((_MMAP_THRESHOLD, _OWN_MAPPING), (_TRIM_THRESHOLD, _KEPT), (_ARENA_MAX, _ARENAS)):
        mallopt(option, value)
