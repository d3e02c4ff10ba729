"""The rows of a PNG, decoded as they are asked for: a band of a large picture is held, never all of it."""

import zlib

from PIL import Image
from PIL.PngImagePlugin import PngImageFile

#: Bytes of a file that are read at a time.
_READ = 2**16
#: Pixels that are decoded at a time.
_PIXELS = 1_000_000
#: Of 8 bits a channel and no palette: Pillow has the file's very bytes of them, which the next row builds upon.
_MODES = ("L", "LA", "RGB", "RGBA")


def comes_in_rows(picture: PngImageFile) -> bool:
    """Whether `PngRows` can read it: of 8 bits a channel, without a palette, neither interlaced nor animated."""
    plain = picture.mode in _MODES and [tile.args for tile in picture.tile] == [picture.mode]
    return plain and not picture.info.get("interlace") and not picture.is_animated


def read_past_pixels(picture: PngImageFile) -> None:
    """Read what the file says behind its pixels, as ``load`` does, and decode none of them."""
    _begin(picture)
    while picture.load_read(_READ):
        pass
    picture.load_end()
    picture.tile = []


def _begin(picture: PngImageFile) -> None:
    assert picture.fp is not None
    picture.im = Image.new(picture.mode, (1, 1)).im  # else Pillow makes room for all of them
    picture.fp.seek(picture.tile[0].offset)
    picture.load_prepare()


class PngRows:
    """Of ``picture``, which is read by nobody else from then on."""

    def __init__(self, picture: PngImageFile) -> None:
        _begin(picture)
        self._picture = picture
        self._inflate = zlib.decompressobj()
        self._stride = picture.width * len(picture.getbands())
        self._above = bytes(self._stride)  # the last row that was decoded
        self._next = 0  # the row below it
        self._given, self._top = Image.new(picture.mode, (picture.width, 1)), 0

    def __call__(self, top: int, bottom: int) -> Image.Image:
        """The rows from ``top`` to ``bottom``. Whoever asks goes from the top down: each is at least the last call's.

        Raises OSError or ValueError for a damaged file.
        """
        band = Image.new(self._picture.mode, (self._picture.width, bottom - top))
        band.info = self._picture.info.copy()
        band.paste(self._given, (0, self._top - top))
        while self._next < bottom:
            at, count = self._next, min(max(1, _PIXELS // band.width), bottom - self._next)
            band.paste(self._decoded(count), (0, at - top))
        self._given, self._top = band, top
        return band

    def _decoded(self, count: int) -> Image.Image:
        """The next rows: by Pillow, as a picture of its own, which begins with the row above them, unfiltered."""
        width, mode = self._picture.width, self._picture.mode
        try:
            filtered = self._inflated(count * (1 + self._stride))
            self._next += count
            if self._next == self._picture.height:
                self._inflated(1)  # nothing, but the checksum is behind the last row
        except zlib.error as error:
            raise ValueError(str(error)) from error
        if len(filtered) < count * (1 + self._stride):
            raise OSError("image file is truncated")
        stored = zlib.compress(b"".join((b"\0", self._above, filtered)), 0)
        rows = Image.frombytes(mode, (width, 1 + count), stored, "zip", mode, 0)
        self._above = rows.crop((0, count, width, 1 + count)).tobytes()
        return rows.crop((0, 1, width, 1 + count))

    def _inflated(self, count: int) -> bytes:
        """So many bytes, fewer where the file ends."""
        parts = []
        while count and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._picture.load_read(_READ)
            if not packed:
                break
            parts.append(self._inflate.decompress(packed, count))
            count -= len(parts[-1])
        return b"".join(parts)
