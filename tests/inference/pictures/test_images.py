"""Every kind of picture in; every kind of broken picture named for what it is."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.errors import PictureError
from inference.pictures import (
    decode,
    encode_jpeg,
    encode_png,
    encode_thumbnail,
    on_white,
    sniff,
    thumbnail,
)


def _encoded(kind: str, size=(96, 64), **options) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    picture, buffer = Image.fromarray(pixels), io.BytesIO()
    if kind == "heif":
        pillow_heif.from_pillow(picture).save(buffer, quality=80)
    else:
        picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "heif"])
def test_reads(kind):
    body = _encoded(kind)
    assert sniff(body) == kind
    picture = decode(body)
    assert (picture.mode, picture.size, picture.info) == ("RGB", (96, 64), {})


def _bomb() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "picture_empty"),
        (b"just some text, called .jpg", "picture_type"),
        (b"GIF89a" + b"\0" * 50, "picture_type"),
        (_encoded("jpeg")[:900], "picture_unreadable"),
        (_encoded("png")[:300], "picture_unreadable"),
        (_bomb(), "picture_too_large"),
        (_encoded("png", size=(8, 400)), "picture_too_small"),
    ],
)
def test_says_what_is_wrong(body, code):
    with pytest.raises(PictureError) as failure:
        decode(body)
    assert failure.value.code == code
    assert failure.value.message[-1] == "."


def test_turns_pictures_upright_and_forgets_where_they_were_taken():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "a camera"
    picture = decode(_encoded("jpeg", exif=exif))
    assert picture.size == (64, 96)
    assert not picture.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "LA"])
def test_reads_unusual_pixels(mode):
    buffer = io.BytesIO()
    source = Image.fromarray(np.tile(np.linspace(0, 65535, 64, dtype=np.uint16), (64, 1)))
    picture = source if mode == "I;16" else Image.linear_gradient("L").resize((64, 64)).convert(mode)
    picture.save(buffer, "TIFF" if mode == "CMYK" else "PNG") if mode != "CMYK" else picture.save(
        buffer, "JPEG"
    )
    decoded = decode(buffer.getvalue())
    low, high = decoded.convert("L").getextrema()
    assert high - low > 100


def test_a_dark_16_bit_picture_stays_dark():
    buffer = io.BytesIO()
    Image.fromarray(np.full((64, 64), 200, np.uint16)).save(buffer, "PNG")
    assert decode(buffer.getvalue()).getpixel((5, 5)) == (1, 1, 1)


def test_keeps_transparency_only_where_there_is_some():
    for alpha, mode in ((255, "RGB"), (0, "RGBA")):
        buffer = io.BytesIO()
        Image.new("RGBA", (64, 64), (200, 0, 0, alpha)).save(buffer, "PNG")
        assert decode(buffer.getvalue()).mode == mode
    assert on_white(decode(buffer.getvalue())).getpixel((5, 5)) == (255, 255, 255)


def test_uses_an_embedded_profile_and_survives_a_broken_one():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (profile, b"not a profile"):
        assert decode(_encoded("png", icc_profile=icc)).size == (96, 64)


def test_what_is_written_can_be_read():
    picture = decode(_encoded("png"))
    assert decode(encode_png(picture)).tobytes() == picture.tobytes()
    close = np.abs(np.asarray(decode(encode_jpeg(picture)), int) - np.asarray(picture, int))
    assert close.mean() < 6
    assert "exif" not in Image.open(io.BytesIO(encode_jpeg(picture))).info


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(["jpeg", "png", "webp", "avif", "heif"]), st.data())
def test_a_mutilated_picture_is_read_or_refused_but_never_breaks(kind, data):
    body = bytearray(_encoded(kind, size=(48, 48)))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(body)))
    try:
        decode(bytes(body[:cut]))
    except PictureError as error:
        assert error.message


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    "size", [(700, 933), (933, 700), (512, 512), (401, 1600), (1600, 3), (3, 1600), (90, 120), (200, 200)]
)
def test_a_thumbnail_is_pillows_own_without_a_copy(size, mode):
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], len(mode)), np.uint8)
    picture = Image.fromarray(pixels)
    for resample in (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS):
        whole = picture.copy()
        whole.thumbnail((200, 200), resample)
        small = thumbnail(picture, 200, resample)
        assert (small.size, small.tobytes()) == (whole.size, whole.tobytes())
    assert (picture.size, picture.tobytes()) == (size, pixels.tobytes())
    assert small is not picture


@pytest.mark.parametrize(
    ("size", "small"), [((768, 1024), (480, 640)), ((2000, 500), (640, 160)), ((96, 128), (96, 128))]
)
def test_a_thumbnail_is_for_lists(size, small):
    picture = Image.new("RGBA", size, (10, 20, 30, 0))
    made = Image.open(io.BytesIO(encode_thumbnail(picture)))
    assert (made.format, made.size) == ("JPEG", small)
    assert min(made.getpixel((5, 5))) > 250, "what is transparent is white"
    assert picture.size == size
