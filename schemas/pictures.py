"""Which pictures are taken, said once for servers and browsers."""

from schemas.objects import EXTENSIONS

#: Above the largest phone: a sensor of 200 megapixels gives up to 16384x12288.
MAX_PIXELS = 16384 * 12288
#: Of each side, in pixels, of a picture that somebody sends.
MIN_SIDE = 32
#: Of a file. A phone's 200 megapixels take up to 70.
MAX_MEGABYTES = 100
#: Names that browsers, cameras and old programs use for the types that we know.
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/jfif": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-webp": "image/webp",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heif",
    "image/avif-sequence": "image/avif",
}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
#: All that are understood, in the form in which they are mostly written.
PICTURE_TYPES = (*EXTENSIONS, *_ALIASES)


def picture_type(content_type: str) -> str | None:
    """The picture type that a Content-Type means, without parameters and in small letters; None for another type."""
    name = content_type.partition(";")[0].strip().lower()
    name = _ALIASES.get(name, name)
    return name if name in EXTENSIONS else None


def sniff(data: bytes) -> str | None:
    """The format that the first bytes show: jpeg, png, webp, avif, heif; None for anything else."""
    if data[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        if data[8:12] in (b"avif", b"avis") or b"avif" in data[16:64]:
            return "avif"
        if data[8:12] in _HEIF_BRANDS:
            return "heif"
    return None
