"""Which type of picture a file is."""

_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")


def content_type(data: bytes) -> str:
    """By its first bytes; what is no picture is bytes, and the server says which types it takes."""
    if data[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        if data[8:12] in (b"avif", b"avis") or b"avif" in data[16:64]:
            return "image/avif"
        if data[8:12] in _HEIF:
            return "image/heic"
    return "application/octet-stream"
