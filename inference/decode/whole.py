"""Whether a file goes on to its end: decoders of half a picture may fill the rest with grey, and say nothing."""


def is_whole(kind: str, data: bytes) -> bool:
    """By the end marker of JPEG and PNG and the length that WebP tells; True where a format has neither.

    What lies behind the end, as phones write it, takes nothing from a picture. A head that makes no sense is its
    decoder's to refuse.
    """
    if kind == "jpeg":
        return _jpeg_ends(data)
    if kind == "png":
        return _png_ends(data)
    if kind == "webp":
        said = int.from_bytes(data[4:8], "little") + 8
        return said <= len(data) + 1  # the last chunk may lack its padding
    return True


def _jpeg_ends(data: bytes) -> bool:
    """From segment to segment to the picture itself, since a thumbnail before it has an end of its own."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at + 2) >= 0
        at += (
            1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        )  # a fill byte, or a segment
    return True


def _png_ends(data: bytes) -> bool:
    at = 8
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at <= len(data)
    return False
