"""The code points of colour in a HEIC or AVIF file, from its boxes (ISO/IEC 14496-12 and 23008-12)."""

import struct
from collections.abc import Iterator

from inference.decode.colour import CodePoints


def code_points(data: bytes) -> CodePoints | None:
    """Those of the primary picture; None when it has none. Damage is no error here: the decoder says so."""
    try:
        return _find(data)
    except (struct.error, IndexError, ValueError):
        return None


def _find(data: bytes) -> CodePoints | None:
    meta = next((body for name, body in _boxes(data) if name == b"meta"), None)
    if meta is None:
        return None
    inside = dict(_boxes(meta[4:]))
    parts = list(_boxes(inside.get(b"iprp", b"")))
    properties = list(_boxes(next((body for name, body in parts if name == b"ipco"), b"")))
    pitm = inside.get(b"pitm", b"")
    primary = int.from_bytes(pitm[4:8] if pitm[:1] != b"\0" else pitm[4:6], "big")
    for name, body in parts:
        if name == b"ipma":
            for number in _associated(body, primary):
                kind, colr = properties[number - 1]
                if kind == b"colr" and colr[:4] == b"nclx":
                    return CodePoints(*struct.unpack(">HH", colr[4:8]))
    return None


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box, one after the other."""
    at = 0
    while at + 8 <= len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", data[at + 8 : at + 16])[0], 16
        end = len(data) if size == 0 else at + size
        if end < at + head:
            raise ValueError("a box that is smaller than its head")
        yield name, data[at + head : end]
        at = end


def _associated(ipma: bytes, item: int) -> Iterator[int]:
    """The numbers, from 1, of an item's properties."""
    version, flags = ipma[0], ipma[3]
    (count,) = struct.unpack(">I", ipma[4:8])
    at, wide, long = 8, 4 if version else 2, 2 if flags & 1 else 1
    for _ in range(count):
        owner, properties = int.from_bytes(ipma[at : at + wide], "big"), ipma[at + wide]
        at += wide + 1
        if owner == item:
            for number in range(properties):
                entry = int.from_bytes(ipma[at + number * long : at + (number + 1) * long], "big")
                index = entry & (0x7FFF if long == 2 else 0x7F)
                if index:
                    yield index
        at += properties * long
