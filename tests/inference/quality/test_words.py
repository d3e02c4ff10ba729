"""Words on a garment: read where they can be, told where they are spoilt, and not looked for where there are none."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks.quality.spoil import SPOILT, Case, lettered
from inference.engine import TryOnItem, TryOnPicture, no_progress
from inference.engines.tryon.warp.engine import WarpEngine
from inference.ocr import reader as reading
from inference.ocr.lines import Read, TextLine, load
from inference.ocr.reader import TextReader, reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.quality.text import text
from inference.quality.view import View, view
from inference.tasks.quality import Checked, Tried
from schemas.jobs.try_on import GarmentPart, TryOnParams

SAMPLES = Path(__file__).parents[3] / "samples"


def _sample(name: str) -> Image.Image:
    return Image.open(SAMPLES / name).convert("RGB")


KOFI, PLAIN = _sample("drawn/people/kofi.jpg"), _sample("drawn/garments/tshirt.jpg")
SHIRT = lettered(PLAIN)


@pytest.fixture(scope="module")
def dressed():
    """By the garment's picture: Kofi in it."""
    engine = WarpEngine(cpu_threads=1)
    engine.load()

    def dress(garment: Image.Image) -> Image.Image:
        outcome = engine.run([TryOnItem(KOFI, garment, TryOnParams(garment=GarmentPart.UPPER))], no_progress)[
            0
        ]
        assert isinstance(outcome, TryOnPicture), outcome
        return outcome.image

    return dress


@pytest.fixture(scope="module")
def good(dressed) -> Image.Image:
    return dressed(SHIRT)


def _found(garment: Image.Image, result: Image.Image, read: Read | None = None) -> Checked:
    found = inspect(Tried(KOFI, garment, result, engine="warp"), analyst(1), read or reader())
    return next(check for check in found.checks if check.name == "text")


def _seen(read: Read, result: Image.Image = KOFI) -> View:
    seen = view(KOFI, SHIRT, result, GarmentPart.UPPER, analyst(1), read)
    assert seen is not None
    return seen


def _says(*words: str, score: float = 0.99, height: float = 40) -> tuple[TextLine, ...]:
    quad = np.array([(0, 0), (200, 0), (200, height), (0, height)], np.float32)
    return tuple(TextLine(word, score, quad) for word in words)


def _of_two(first: tuple[TextLine, ...], *then: str) -> Read:
    """A reader that finds ``first`` in the garment's picture and ``then`` in the result."""
    told = iter([first, _says(*then)])
    return lambda _rgb: next(told)


def test_words_that_were_kept_pass(good):
    found = _found(SHIRT, good)
    assert (found.verdict, found.value) == ("pass", pytest.approx(0, abs=0.1))


def test_a_mirrored_print_is_no_word_any_more(dressed):
    assert _found(SHIRT, dressed(ImageOps.mirror(SHIRT))).verdict == "retry"


def test_garbled_words_are_told(good):
    body = analyst(1).look(np.asarray(KOFI))
    assert body is not None
    pictures = [np.asarray(each) for each in (KOFI, KOFI, SHIRT, good, good)]
    spoil, _ = SPOILT["garbled words"]
    assert _found(SHIRT, Image.fromarray(spoil(Case(*pictures, body)))).verdict == "retry"


def test_words_that_are_gone_are_told(dressed):
    assert _found(SHIRT, dressed(PLAIN)).value == 1


@pytest.mark.parametrize("name", ["tshirt", "striped", "dress", "trousers"])
@pytest.mark.parametrize("kind", ["garments", "drawn/garments"])
def test_where_no_words_are_nothing_is_read(kind, name):
    def never(_rgb):
        raise AssertionError("read a garment without words")

    assert _found(_sample(f"{kind}/{name}.jpg"), KOFI, never).verdict == "skipped"


def test_a_garments_words_are_read_once(good, monkeypatch):
    asked = []
    monkeypatch.setattr(reading, "lines", lambda rgb, *_: asked.append(rgb) or _says("NORTH SHORE"))
    read = TextReader()
    pictures = [good, ImageOps.mirror(good), good]
    assert [_found(SHIRT, each, read).value for each in pictures] == [0, 0, 0]
    assert len(asked) == 3  # the garment, and each result that differs


def test_without_its_reader_the_check_is_skipped_and_the_others_stand(good, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    load.cache_clear()
    found = inspect(Tried(KOFI, SHIRT, good, engine="warp"), analyst(1), TextReader())
    assert {check.name: check.verdict for check in found.checks}["text"] == "skipped"
    assert found.verdict == "pass"


def test_words_too_small_to_read_in_the_result_are_skipped(dressed):
    small = lettered(PLAIN, size=12)
    assert _found(small, dressed(small)).verdict == "skipped"


def test_words_behind_an_arm_are_skipped():
    seen = _seen(lambda _rgb: _says("NORTH SHORE"))
    assert text(seen) == 0
    hidden = seen.old.copy()
    hidden[:, hidden.shape[1] // 2 - 30 : hidden.shape[1] // 2 + 30] = False
    assert text(replace(seen, old=hidden)) is None


@pytest.mark.parametrize(
    ("printed", "worn", "value"),
    [
        (("North Shore",), ("NORTH", "SHORE"), 0),  # parted otherwise
        (("SHORE", "NORTH"), ("NORTH SHORE",), 0),  # in another order
        (("HELLO 10",), ("HE11O lo",), 0),  # 1 and l, 0 and o look alike
        (("NORTH",), ("WORTH it",), 0.2),
        (("NORTH",), (), 1),
        (("NY",), ("NY",), None),  # found in any pattern
    ],
)
def test_how_many_letters_are_lost(printed, worn, value):
    found = text(_seen(_of_two(_says(*printed), *worn)))
    assert found == (None if value is None else pytest.approx(value))


def test_what_its_reader_doubts_is_no_measure():
    assert text(_seen(_of_two(_says("NORTH", score=0.6)))) is None
