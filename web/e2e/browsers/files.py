"""Pictures in the formats that people have, and some that stop before their end, as JSON: name → base64."""

import base64
import io
import json
import struct
import sys
import zlib

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()
person = Image.open("../samples/drawn/people/ada.jpg").convert("RGB").resize((480, 640))
clear = person.convert("RGBA")
clear.putalpha(Image.new("L", person.size, 200))
turned = Image.Exif()
turned[0x0112] = 6  # to be turned a quarter to the right
lying = person.rotate(90, expand=True)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# A header that promises 20,000 × 20,000 pixels, and nothing that could be decoded behind it.
size = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
huge = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

files = {
    "baseline.jpg": saved(person, "JPEG", quality=85),
    "progressive.jpg": saved(person, "JPEG", quality=85, progressive=True),
    "turned.jpg": saved(lying, "JPEG", quality=85, exif=turned),
    "cmyk.jpg": saved(person.convert("CMYK"), "JPEG", quality=85),
    "grey.jpg": saved(person.convert("L"), "JPEG", quality=85),
    "rgb.png": saved(person, "PNG"),
    "clear.png": saved(clear, "PNG"),
    "palette.png": saved(person.quantize(64), "PNG"),
    "deep.png": saved(person.convert("I").point(lambda value: value * 257).convert("I;16"), "PNG"),
    "lossy.webp": saved(person, "WEBP", quality=80),
    "lossless.webp": saved(clear, "WEBP", lossless=True),
    "upright.avif": saved(person, "AVIF", quality=70),
    "turned.avif": saved(lying, "AVIF", quality=70, exif=turned),
    "phone.heic": saved(person, "HEIF", quality=70),
    "still.gif": saved(person, "GIF"),
    "scan.tiff": saved(person, "TIFF"),
    "words.jpg": b"hello",
    "huge.png": b"\x89PNG\r\n\x1a\n" + huge,
}
for name in ("baseline.jpg", "rgb.png", "lossy.webp", "upright.avif", "phone.heic"):
    files[f"half-{name}"] = files[name][: len(files[name]) // 2]
json.dump({name: base64.b64encode(content).decode() for name, content in files.items()}, sys.stdout)
