"""A file that stops before its end is refused as damaged; what lies behind the end harms nothing."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from inference.decode.whole import is_whole
from inference.errors import PictureError
from inference.pictures import decode


def _noise():
    return Image.fromarray(np.random.default_rng(7).integers(0, 255, (96, 80, 3), np.uint8))


def _file(form, **options):
    buffer = io.BytesIO()
    _noise().save(buffer, form, **options)
    return buffer.getvalue()


def _heif():
    buffer = io.BytesIO()
    pillow_heif.from_pillow(_noise()).save(buffer)
    return buffer.getvalue()


def _with_thumbnail():
    """A thumbnail in EXIF has an end marker of its own."""
    small = io.BytesIO()
    _noise().resize((16, 16)).save(small, "JPEG")
    body = b"Exif\0\0" + small.getvalue()
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    photo = _file("JPEG")
    return photo[:2] + segment + photo[2:]


FILES = {
    "jpeg": lambda: _file("JPEG"),
    "progressive jpeg": lambda: _file("JPEG", progressive=True),
    "jpeg with a thumbnail": _with_thumbnail,
    "jpeg with fill bytes": lambda: _file("JPEG").replace(b"\xff\xdb", b"\xff\xff\xff\xdb", 1),
    "png": lambda: _file("PNG"),
    "webp": lambda: _file("WEBP", quality=80),
    "lossless webp": lambda: _file("WEBP", lossless=True),
}
#: Shares of a file; the last ones lack their end marker alone.
KEPT = [0.3, 0.5, 0.7, 0.9, 0.99]


@pytest.mark.parametrize("name", FILES)
def test_what_ends_too_early_is_the_pictures_fault(name):
    data = FILES[name]()
    assert decode(data).size == (80, 96)
    for few in [data[: int(share * len(data))] for share in KEPT] + [data[:-2]]:
        with pytest.raises(PictureError) as refused:
            decode(few)
        assert refused.value.code == "picture_unreadable", len(few)
        assert "it ends too early" in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_what_lies_behind_the_end_harms_nothing(name):
    assert decode(FILES[name]() + bytes(3000)).size == (80, 96)


@pytest.mark.parametrize(("kind", "data"), [("avif", _file("AVIF")), ("heif", _heif())], ids=["avif", "heif"])
def test_other_formats_are_their_decoders_to_refuse(kind, data):
    assert is_whole(kind, data) and decode(data).size == (80, 96)
    with pytest.raises(PictureError):
        decode(data[: len(data) // 2])
