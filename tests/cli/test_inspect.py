"""`proteus inspect`: what a file says, and that it says nothing."""

import io
from pathlib import Path

from certificates import issue
from PIL import Image
from typer.testing import CliRunner

from inference.credentials import load, marker
from inference.marks import DigitalSource, marked
from services.cli import app

SAMPLES = Path(__file__).parents[2] / "samples" / "drawn"


def _inspect(file: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["inspect", str(file)])
    return result.exit_code, result.output


def test_a_marked_picture_says_how_it_was_made_until_the_mark_is_removed(tmp_path):
    photo = (SAMPLES / "people/ada.jpg").read_bytes()
    result = tmp_path / "result.jpg"
    result.write_bytes(marked(photo, DigitalSource.GENERATED, "fashn"))
    code, said = _inspect(result)
    assert code == 0 and "digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in said
    assert "a trained model painted" in said and "made with Proteus (fashn)" in said
    assert "C2PA: no manifest" in said

    stripped = io.BytesIO()
    Image.open(result).save(stripped, "PNG")
    result.write_bytes(stripped.getvalue())
    code, said = _inspect(result)
    assert code == 1 and "no mark" in said


def test_a_signed_picture_says_by_whom_and_that_it_was_changed_or_lost_its_mark(tmp_path):
    issued = issue(tmp_path)
    mark = marker(load(issued.certificate, issued.key))
    photo = (SAMPLES / "people/ada.jpg").read_bytes()
    result = tmp_path / "result.jpg"
    signed = mark(photo, DigitalSource.COMPOSITE, "warp")
    result.write_bytes(signed)
    code, said = _inspect(result)
    assert code == 0 and "C2PA: signed by Shop signer, Shop" in said and "C2PA: nothing was changed" in said

    result.write_bytes(signed.replace(b"Proteus (warp)", b"Somebody else!", 1))
    code, said = _inspect(result)
    assert code == 1 and "C2PA: does not hold" in said

    save_again = Image.open(io.BytesIO(signed))
    save_again.save(result, "JPEG", xmp=b"")
    code, said = _inspect(result)
    assert code == 1 and "C2PA: no manifest" in said and "XMP: nothing" in said


def test_what_is_no_picture_is_said(tmp_path):
    (tmp_path / "a.jpg").write_text("hello")
    code, said = _inspect(tmp_path / "a.jpg")
    assert code == 2 and "could not be read" in said
