"""What a picture's file says of how it was made, is there whatever the picture is, and seen to be missing."""

import io

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from inference.marks import DigitalSource, marked, read, save_as
from inference.pictures import decode, encode_jpeg, encode_png

PIXELS = np.random.default_rng(1).integers(0, 255, (40, 30, 4), np.uint8)
CUT_OUT = encode_png(Image.fromarray(PIXELS))
PHOTO = encode_jpeg(Image.fromarray(PIXELS[..., :3]))


def _read(data: bytes):
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return read(picture)


@pytest.mark.parametrize("data", [CUT_OUT, PHOTO], ids=["png", "jpeg"])
@pytest.mark.parametrize("source", DigitalSource)
def test_a_mark_is_read_again_and_changes_no_pixel(data, source):
    told = marked(data, source, "warp & more")
    mark = _read(told)
    assert mark.source == f"http://cv.iptc.org/newscodes/digitalsourcetype/{source}"
    assert (mark.term, mark.tool) == (source, "Proteus (warp & more)")
    assert decode(told, ours=True).tobytes() == decode(data, ours=True).tobytes()
    assert _read(data) is None, "an unmarked file says nothing"


def test_a_jpeg_without_a_jfif_header_is_marked():
    start = PHOTO.index(b"\xff\xe0")
    bare = PHOTO[:start] + PHOTO[start + 2 + int.from_bytes(PHOTO[start + 2 : start + 4]) :]
    assert _read(marked(bare, DigitalSource.COMPOSITE)).term == "composite"


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.avif", "a.JPG"])
def test_a_mark_outlives_another_format(name):
    again = save_as(marked(PHOTO, DigitalSource.GENERATED, "fashn"), name)
    assert _read(again).term == "compositeWithTrainedAlgorithmicMedia"
    assert _read(again).tool == "Proteus (fashn)"


@pytest.mark.parametrize("name", ["a.bmp", "a.gif", "a.tiff", "a", "a.exe"])
def test_a_format_that_cannot_carry_the_mark_is_refused(name):
    with pytest.raises(ValueError, match=r"cannot say how it was made|ends like no picture"):
        save_as(marked(PHOTO, DigitalSource.GENERATED), name)


def test_what_other_programs_write_is_read():
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ext = 'xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    term = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    for inside in (
        f'<rdf:Description {ext} e:DigitalSourceType="{term}"/>',
        f'<rdf:Description {ext}><e:DigitalSourceType rdf:resource="{term}"/></rdf:Description>',
    ):
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", f"<rdf:RDF {rdf}>{inside}</rdf:RDF>", zip=True)
        buffer = io.BytesIO()
        Image.fromarray(PIXELS).save(buffer, "PNG", pnginfo=info)
        assert _read(buffer.getvalue()).term == "trainedAlgorithmicMedia"


@pytest.mark.parametrize(
    "packet",
    [b"", b"<", b"<a/>", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>" * 400_000],
)
def test_a_broken_packet_says_nothing(packet):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS[..., :3]).save(buffer, "WEBP", xmp=packet)
    assert _read(buffer.getvalue()) is None


def test_no_other_type_is_passed_off_as_marked():
    with pytest.raises(ValueError, match="only JPEG and PNG"):
        marked(b"GIF89a", DigitalSource.COMPOSITE)
