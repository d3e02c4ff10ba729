"""A PNG that is read row by row is what Pillow reads at once, in everything that the file says."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile

from inference.decode.picture_files import open_file
from inference.decode.png_rows import comes_in_rows
from inference.errors import PictureError
from inference.pictures import decode

_SIZE = (1500, 1100)  # more rows than are decoded at a time


def _picture(mode: str) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    ramp = np.add.outer(np.arange(_SIZE[1]) * 3, np.arange(_SIZE[0]) * 2)
    pixels = np.stack([ramp // (1 + channel) % 256 for channel in range(channels)], -1).astype(np.uint8)
    pixels[: _SIZE[1] // 2] += np.random.default_rng(5).integers(
        0, 9, pixels[: _SIZE[1] // 2].shape, np.uint8
    )
    return Image.frombytes(mode, _SIZE, pixels.tobytes())


def _saved(picture: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", **options)
    return buffer.getvalue()


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        chunks.append((name, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _joined(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_its_rows_are_those_of_the_whole(mode):
    source = _picture(mode)
    data = _saved(source)
    assert comes_in_rows(PngImageFile(io.BytesIO(data)))
    bands = open_file(data, "png").load(1)
    for top, bottom in ((0, 100), (90, 100), (98, 800), (900, 1000), (998, _SIZE[1])):
        rows = bands.rows(top, bottom)
        assert (rows.mode, rows.tobytes()) == (mode, source.crop((0, top, _SIZE[0], bottom)).tobytes())


@pytest.mark.parametrize("mode", ["1", "P", "I;16"])
def test_those_of_another_depth_or_with_a_palette_are_read_whole(mode):
    source = Image.new(mode, (64, 64), 1)
    data = _saved(source)
    assert not comes_in_rows(PngImageFile(io.BytesIO(data)))
    assert open_file(data, "png").load(1).rows(8, 40).tobytes() == source.crop((0, 8, 64, 40)).tobytes()


def test_an_animation_is_read_whole():
    first = Image.new("RGB", (64, 64), "navy")
    data = _saved(first, save_all=True, append_images=[Image.new("RGB", (64, 64), "red")])
    assert not comes_in_rows(PngImageFile(io.BytesIO(data)))
    assert decode(data).getpixel((5, 5)) == (0, 0, 128)


def test_a_colour_that_stands_for_nothing_is_seen_through():
    source = Image.new("RGB", (64, 64), "navy")
    source.paste("lime", (0, 0, 20, 64))
    assert decode(_saved(source, transparency=(0, 255, 0)), ours=True).getpixel((5, 5)) == (0, 255, 0, 0)


def test_how_it_is_turned_may_stand_behind_its_pixels():
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    chunks = _chunks(_saved(Image.new("RGB", (100, 64)), exif=exif))
    (turned,) = [chunk for chunk in chunks if chunk[0] == b"eXIf"]
    others = [chunk for chunk in chunks if chunk is not turned]
    data = _joined([*others[:-1], turned, others[-1]])
    assert decode(data).size == (64, 100)


@pytest.mark.parametrize("damage", ["filter", "checksum", "stream", "few rows"])
def test_damage_among_its_pixels_is_refused(damage):
    chunks = _chunks(_saved(_picture("RGB")))
    body = bytearray(b"".join(body for name, body in chunks if name == b"IDAT"))
    if damage == "checksum":
        body[-1] ^= 1
    elif damage == "stream":
        body[len(body) // 2 :] = b"\xff" * (len(body) - len(body) // 2)
    else:
        rows = bytearray(zlib.decompress(body))
        stride = 1 + 3 * _SIZE[0]
        if damage == "filter":
            rows[900 * stride] = 9
        body = bytearray(zlib.compress(rows[: 900 * stride] if damage == "few rows" else rows))
    head = [chunk for chunk in chunks if chunk[0] == b"IHDR"]
    with pytest.raises(PictureError) as refused:
        decode(_joined([*head, (b"IDAT", bytes(body)), (b"IEND", b"")]))
    assert refused.value.code == "picture_unreadable"
