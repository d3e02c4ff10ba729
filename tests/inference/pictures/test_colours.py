"""Whatever the container and its colour space, pixels are sRGB before anything looks at them."""

import io
import struct

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from inference.decode.colour import CodePoints, by_code_points
from inference.pictures import decode

D65 = (0.3127, 0.3290)
#: Red, green, blue and white as x and y; from values to light and back.
SRGB = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
SPACES = {
    "srgb": SRGB,
    "p3": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    "adobe": (0.64, 0.33, 0.21, 0.71, 0.15, 0.06),
    "bt2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
}
#: In sRGB, well inside all of them.
COLOURS = [(200, 40, 40), (40, 170, 60), (50, 60, 190), (128, 128, 128), (230, 200, 60), (250, 250, 250)]


def _xyz(primaries):
    points = np.array([*primaries, *D65]).reshape(4, 2)
    columns = np.stack([points[:, 0] / points[:, 1], np.ones(4), (1 - points.sum(1)) / points[:, 1]])
    return columns[:, :3] * np.linalg.solve(columns[:, :3], columns[:, 3])


def _srgb_light(values):
    values = np.asarray(values) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _srgb_curve(light):
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def _pq(light, white=203):
    y = (np.maximum(light, 0) * white / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


CURVES = {
    "srgb": _srgb_curve,
    "p3": _srgb_curve,
    "bt2020": _pq,
    "adobe": lambda x: np.maximum(x, 0) ** (256 / 563),
}


def _picture(space):
    """A stripe of each colour, written in the values of ``space``."""
    light = _srgb_light(COLOURS) @ (np.linalg.inv(_xyz(SPACES[space])) @ _xyz(SRGB)).T
    values = (CURVES[space](light) * 255).round().clip(0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(np.repeat(values[None], 64, 0), 32, 1))


def _profile(space):
    """An ICC profile of version 2, made here: matrix and curves."""
    if space == "srgb":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65, d50 = np.array([0.95047, 1, 1.08883]), np.array([0.9642, 1, 0.8249])
    to_d50 = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ d65)) @ bradford
    matrix = to_d50 @ _xyz(SPACES[space])

    def fixed(values):
        return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)

    values = np.linspace(0, 1, 1024)
    if space == "adobe":
        light = values ** (563 / 256)
    elif space == "p3":
        light = _srgb_light(values * 255)
    else:
        grid = np.linspace(0, 1, 100_001)
        light = np.interp(values, _pq(grid), grid)  # beyond white: white
    curve = b"curv\0\0\0\0" + struct.pack(">I", 1024) + (light * 65535).round().astype(">u2").tobytes()
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 78),
        (b"wtpt", b"XYZ \0\0\0\0" + fixed(d50)),
    ]
    tags += [
        (name, b"XYZ \0\0\0\0" + fixed(matrix[:, i])) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))
    ]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags:
        data += b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0" * 4, 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + fixed(d50) + b"\0" * 48
    return head + struct.pack(">I", len(tags)) + table + body


def _file(picture, kind, **more):
    buffer = io.BytesIO()
    if kind == "heif":
        pillow_heif.from_pillow(picture).save(buffer, quality=-1, chroma=444, **more)
    elif kind == "palette":
        picture.quantize(16).save(buffer, "PNG", **more)
    else:
        lossless = {"jpeg": {"quality": 100, "subsampling": 0}, "webp": {"lossless": True}}
        avif = {"quality": 100, "subsampling": "4:4:4"}
        picture.save(buffer, kind, **(avif if kind == "avif" else lossless.get(kind, {})), **more)
    return buffer.getvalue()


def _colours(data):
    pixels = np.asarray(decode(data).convert("RGB"), int)
    return pixels[32, 16::32]


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("kind", ["jpeg", "png", "palette", "webp", "avif", "heif"])
def test_a_profile_is_followed_in_every_container(kind, space):
    body = _file(_picture(space), kind, icc_profile=_profile(space))
    assert np.abs(_colours(body) - COLOURS).max() <= (
        14 if space == "bt2020" else 5
    )  # PQ has few steps in 8 bits


@pytest.mark.parametrize(("space", "points"), [("srgb", (1, 13)), ("p3", (12, 13)), ("bt2020", (9, 16))])
@pytest.mark.parametrize("kind", ["avif", "heif", "png"])
def test_code_points_are_followed(kind, space, points):
    picture = _picture(space)
    if kind == "heif":
        body = _file(
            picture,
            kind,
            color_primaries=points[0],
            transfer_characteristics=points[1],
            matrix_coefficients=1,
            full_range_flag=1,
        )
    elif kind == "avif":
        body = _file(picture, kind)
        assert body.count(b"nclx") == 1
        at = body.index(b"nclx") + 4  # Pillow always writes those of sRGB
        body = body[:at] + struct.pack(">HH", *points) + body[at + 4 :]
    else:
        chunks = PngImagePlugin.PngInfo()
        chunks.add(b"cICP", bytes([*points, 0, 1]))
        body = _file(picture, kind, pnginfo=chunks)
    assert np.abs(_colours(body) - COLOURS).max() <= (14 if space == "bt2020" else 6)


def test_a_grey_picture_with_a_profile_and_one_that_contradicts_itself():
    grey = Image.linear_gradient("L").resize((64, 64))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (_profile("p3"), lab, b"nothing"):
        pixels = np.asarray(decode(_file(grey, "png", icc_profile=profile)), int)
        assert pixels.shape == (64, 64, 3) and np.abs(pixels - np.asarray(grey)[..., None]).max() <= 2


def test_a_camera_that_names_adobe_rgb_in_its_exif_is_believed():
    exif = Image.Exif()
    exif[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA001] = 2
    assert np.abs(_colours(_file(_picture("adobe"), "jpeg", exif=exif)) - COLOURS).max() <= 5


def test_a_png_that_gives_chromaticities_is_converted():
    chunks = PngImagePlugin.PngInfo()
    x_y = (*D65, *SPACES["p3"])
    chunks.add(b"gAMA", struct.pack(">I", 45455))
    chunks.add(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in x_y)))
    assert (
        np.abs(_colours(_file(_picture("p3"), "png", pnginfo=chunks)) - COLOURS).max() <= 14
    )  # gamma is not the curve


def test_transparency_stays_where_it_is_while_colours_change():
    picture = _picture("p3").convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    garment = (_picture("p3").crop((0, 0, 40, 64)), (20, 0))
    picture.paste(*garment)
    alpha = np.zeros(picture.size[::-1], np.uint8)
    for row in range(4, 60):
        alpha[row, 20 + row // 2 : 60 + row // 3] = 255
    picture.putalpha(Image.fromarray(alpha))
    decoded = decode(_file(picture, "png", icc_profile=_profile("p3")))
    assert decoded.mode == "RGBA" and np.array_equal(np.asarray(decoded)[..., 3], alpha)


@pytest.mark.parametrize("points", [(2, 2), (1, 1), (1, 6), (0, 13), (77, 77)])
def test_code_points_that_say_nothing_change_nothing(points):
    assert by_code_points(CodePoints(*points)) is None


@pytest.mark.parametrize("points", [(p, t) for p in (1, 4, 5, 9, 11, 12, 22) for t in (4, 5, 8, 13, 16, 18)])
def test_white_and_black_stay_so_in_every_space(points):
    convert = by_code_points(CodePoints(*points))
    if convert is None:
        return
    white = {16: 148, 18: 191}.get(points[1], 255)  # 203 nits, and 75 %
    out = np.asarray(convert(Image.fromarray(np.array([[[0] * 3, [white] * 3]], np.uint8))), int)
    assert out[0, 0].max() <= 1 and out[0, 1].min() >= 250


def test_hostile_code_points_and_boxes_are_no_error_of_their_own():
    body = _file(_picture("p3"), "avif")
    at = body.index(b"colr")
    for cut in (
        body[: at - 4] + b"\xff" * 8 + body[at + 4 :],
        body.replace(b"ipma", b"free"),
        body.replace(b"pitm", b"free"),
    ):
        try:
            assert decode(cut).mode == "RGB"
        except Exception as error:
            assert type(error).__name__ == "PictureError"


GREYS = np.array([10, 60, 128, 200, 250])


def _grey_profile(exponent):
    """An ICC profile of version 2 of one channel: a power."""
    d50 = b"".join(struct.pack(">i", round(value * 65536)) for value in (0.9642, 1, 0.8249))
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + b"\0" * 79), (b"wtpt", b"XYZ \0\0\0\0" + d50),
        (b"kTRC", curve),
    ]  # fmt: skip
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags:
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0" * 4, 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + d50 + b"\0" * 48
    return head + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2, None])
@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_profile_of_grey_is_followed(kind, exponent):
    """The greys of a screen, written as a picture of one channel whose profile is a power, or that has none."""
    values = GREYS if exponent is None else (_srgb_light(GREYS) ** (1 / exponent) * 255).round()
    picture = Image.fromarray(np.repeat(np.repeat(values[None].astype(np.uint8), 64, 0), 32, 1))
    body = _file(picture, kind, icc_profile=None if exponent is None else _grey_profile(exponent))
    found = _colours(body)
    # One step of a linear picture is many of a screen's in the dark.
    assert np.abs(found - GREYS[:, None]).max() <= (8 if exponent == 1.0 else 4)


@pytest.mark.parametrize("kind", ["jpeg", "png"])
def test_a_grey_picture_with_a_profile_of_three_channels_is_no_fault(kind):
    """Programs write that. Read as a picture of three equal channels, its greys are nearly the same."""
    picture = Image.fromarray(np.repeat(np.repeat(GREYS[None].astype(np.uint8), 64, 0), 32, 1))
    found = _colours(_file(picture, kind, icc_profile=_profile("adobe")))
    assert np.abs(found - GREYS[:, None]).max() <= 8
