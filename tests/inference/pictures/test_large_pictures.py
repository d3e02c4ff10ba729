"""Large pictures are read at a bounded size in bounded memory; half a picture is none; warnings are no errors."""

import io
import struct
import subprocess
import sys
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from benchmarks.system.memory import flat_png
from inference.errors import PictureError
from inference.pictures import MAX_PIXELS, WORKING_PIXELS, decode


def _saved(picture, kind, **options):
    buffer = io.BytesIO()
    if kind == "heif":
        pillow_heif.from_pillow(picture).save(buffer, quality=80)
    else:
        picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _noise(size=(300, 200), seed=3):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8))


@pytest.mark.parametrize("size", [(8192, 6144), (8160, 6144), (8736, 5760), (16384, 12288)])
def test_what_phones_deliver_is_read_and_shrunk(size):
    """50.3, 50.1, 50.3 and 201 megapixels."""
    picture = decode(_saved(Image.new("L", size, 90), "JPEG"))
    assert WORKING_PIXELS / 2.1 < picture.width * picture.height <= WORKING_PIXELS * 1.001
    assert abs(picture.width / picture.height - size[0] / size[1]) < 0.01
    assert picture.getpixel((5, 5)) == (90, 90, 90)


def test_what_is_within_the_working_size_keeps_its_own():
    assert decode(_saved(Image.new("L", (4096, 3072)), "JPEG")).size == (4096, 3072)


def test_more_than_the_largest_phone_is_refused_before_a_pixel_is_decoded():
    body = bytearray(flat_png((64, 64)))
    body[16:24] = struct.pack(">II", 16385, 12288)
    body[29:33] = struct.pack(">I", zlib.crc32(body[12:29]))
    with pytest.raises(PictureError) as refused:
        decode(bytes(body))
    assert refused.value.code == "picture_too_large" and str(MAX_PIXELS // 1_000_000) in refused.value.message


def _peak_mib(tmp_path, body):
    """Of a process that decodes it, beyond what it takes to start."""
    (tmp_path / "picture").write_bytes(body)
    code = (
        "import sys, cv2\nfrom inference.pictures import decode\n"
        "status = lambda: dict(line.split(':') for line in open('/proc/self/status'))\n"
        "most = lambda: int(status()['VmHWM'].split()[0]) // 1024\n"
        "body = open(sys.argv[1], 'rb').read()\nbefore = most()\npicture = decode(body)\nprint(most() - before)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "picture")],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return int(out.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("kind", "size", "most"),
    [
        ("progressive", (7000, 7000), 300),
        ("WEBP", (7000, 7000), 350),
        ("JPEG", (16384, 12288), 200),
        ("PNG", (16384, 12288), 250),
    ],
)
def test_memory_is_bounded_whatever_comes(tmp_path, kind, size, most):
    if kind == "PNG":
        body = flat_png(size)
    else:
        picture = Image.linear_gradient("L").resize(size, Image.Resampling.NEAREST)
        options = (
            {"progressive": True}
            if kind == "progressive"
            else {"method": 0, "quality": 30}
            if kind == "WEBP"
            else {}
        )
        body = _saved(picture, kind if kind == "WEBP" else "JPEG", **options)
    peak = _peak_mib(tmp_path, body)
    print(f"{kind} of {size[0] * size[1] / 1e6:.0f} MP: {peak} MiB")
    assert peak < most


@pytest.mark.parametrize("mode", ["RGBA", "P", "I;16"])
def test_bands_make_the_same_picture_as_the_whole(mode):
    size = (5200, 3000)
    ramp = np.add.outer(np.arange(size[1], dtype=np.uint16) * 3, np.arange(size[0], dtype=np.uint16) * 2)
    if mode == "I;16":
        source = Image.fromarray(ramp * 3)
        plain = Image.fromarray((ramp * 3 / np.float32(257)).round().astype(np.uint8))
    else:
        pixels = np.stack([ramp % 256, (ramp // 2) % 256, (ramp // 3) % 256], -1).astype(np.uint8)
        source = Image.fromarray(pixels)
        if mode == "RGBA":
            alpha = Image.new("L", size)
            alpha.paste(255, (1000, 500, 2500, 2500))
            alpha.paste(255, (2500, 900, 4000, 1400))
            source.putalpha(alpha)
        else:
            source = source.convert("P")
        plain = source.convert("RGB") if mode != "RGBA" else source
    decoded = decode(_saved(source, "PNG", compress_level=1))
    whole = plain.convert("RGBA" if mode == "RGBA" else "RGB").resize(decoded.size, Image.Resampling.HAMMING)
    apart = ImageStat.Stat(ImageChops.difference(decoded, whole)).mean
    assert decoded.width * decoded.height <= WORKING_PIXELS * 1.001
    assert max(apart) < 0.6


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_every_turn_of_a_camera(kind, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    picture = _noise((60, 40))
    body = _saved(picture, kind, exif=exif, **({"lossless": True} if kind == "webp" else {}))
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(body))).convert("RGB")
    assert decode(body).tobytes() == wanted.tobytes()


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("jpeg", {}),
        ("jpeg", {"progressive": True}),
        ("png", {}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("avif", {}),
        ("heif", {}),
    ],
)
def test_half_a_picture_is_refused_whole(kind, options, share):
    body = _saved(_noise(), kind, **options)
    with pytest.raises(PictureError) as refused:
        decode(body[: int(len(body) * share)])
    assert refused.value.code == "picture_unreadable"


def _with_segment(jpeg, marker, data):
    return jpeg[:2] + bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data + jpeg[2:]


@pytest.mark.parametrize(
    "odd",
    [
        lambda jpeg: _with_segment(jpeg, 0xE2, b"MPF\0" + b"II*\0\x08\0\0\0" + b"\xff" * 40),
        lambda jpeg: _with_segment(jpeg, 0xE2, b"MPF\0MM\0*"),
        lambda jpeg: _with_segment(jpeg, 0xE1, b"Exif\0\0" + b"II*\0\xff\xff\xff\x7f"),
        lambda jpeg: _with_segment(
            jpeg, 0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta tiff:Orientation='nonsense'/>"
        ),
        lambda jpeg: _with_segment(jpeg, 0xE2, b"ICC_PROFILE\0\x01\x02half of one"),
        lambda jpeg: _with_segment(jpeg, 0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\xff\xff"),
        lambda jpeg: jpeg + b"\0" * 1000 + jpeg,
    ],
)
def test_odd_things_beside_the_pixels_are_no_damage(odd):
    jpeg = _saved(_noise(), "JPEG")
    assert decode(odd(jpeg)).tobytes() == Image.open(io.BytesIO(jpeg)).tobytes()
