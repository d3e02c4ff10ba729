"""Values as charts print them: numbers with fractions, ranges, trailing units."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import product

from schemas.jobs.size_chart import Value

_GLYPHS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"}
_UNIT = r"(?:cms?|mm|kgs?|inch(?:es)?|in\.?|zoll|厘米|センチ|㎝|\"|″|”|'')"
_NUMBER = r"\d{1,3}%|\d{1,4}(?:[.,]\d{1,3})?(?:\s*\d?/\d)?|\d/\d"
_RANGE = r"\s*(?:-|–|—|−|~|〜|～|/|\bto\b|\bbis\b|\bà\b|\ba\b)\s*"
_CELL = re.compile(rf"^({_NUMBER})\s*{_UNIT}?(?:{_RANGE}({_NUMBER})\s*{_UNIT}?)?$")
_TRAILING = re.compile(rf"\d\s*({_UNIT})")
_FOOTNOTE = re.compile(r"[*†‡°]+$")
_FRACTION = re.compile(r"^(?:(\d{1,3})\s+)?(\d)/(\d)$")
_GLUED = re.compile(r"^(\d{1,3})(\d)/(\d)$")
#: What glyph fractions look like to OCR: a percent sign, or a glyph with a stray sign behind it.
_MISREAD = re.compile(r"(?<=\d)\s?(?:%|[½¼¾]/?\d?)(?=$|\s*[-–—~])")
_PERCENT = re.compile(r"^(\d{1,3})%$")
#: A fraction that lost its slash, or the number above it: 734 for 7¾, 10/4 for 10¼.
_SLASHLESS = re.compile(r"^(\d{1,2})(12|14|34)$")
_HEADLESS = re.compile(r"^(\d{1,3})/([248])$")
_LARGEST = 300.0
_DENOMINATORS = {2, 4, 8}


@dataclass(frozen=True)
class Reading:
    """What a cell may say: one value, or several when a fraction is unclear. ``repaired`` asks a person to look."""

    choices: tuple[Value, ...]
    unit: str | None
    repaired: bool


def read_value(text: str, *, printed: bool = True) -> Reading | None:
    """The value of a cell, or None when it is none: any letter beside a unit's makes it something else.

    ``printed`` is false for what a machine read off a picture: it takes one glyph fraction for another, and adds signs.
    """
    doubtful = not printed and bool(_MISREAD.search(text))
    if doubtful:
        text = _MISREAD.sub("%", text)
    plain = _plain(text)
    match = _CELL.match(plain)
    if match is None:
        return None
    low, high = (_numbers(part) for part in (match[1], match[2] or match[1]))
    if not low or not high:
        return None
    choices: list[Value] = (
        list(low) if match[2] is None else [(a, b) for a, b in product(low, high) if a <= b]
    )
    if not choices:  # a range that falls is a misprint: shown as it stands, and never trusted
        choices = [(low[0], high[0])]
    unit = _TRAILING.search(plain)
    parts = [part.strip() for part in match.groups() if part]
    unclear = any(
        _GLUED.match(part) or _PERCENT.match(part) or _HEADLESS.match(part) or _slashless(part)
        for part in parts
    )
    return Reading(tuple(choices), unit[1] if unit else None, unclear or _falls(choices[0]))


def _plain(text: str) -> str:
    """Lower case, one kind of blank, glyph fractions spelt with a blank before them."""
    for glyph, spelt in _GLYPHS.items():
        text = text.replace(glyph, f" {spelt}")
    text = unicodedata.normalize("NFKC", text).replace("\u2044", "/").replace("\u00a0", " ").strip().lower()
    return _FOOTNOTE.sub("", text).strip()


def _falls(value: Value) -> bool:
    return isinstance(value, tuple) and value[0] > value[1]


def _numbers(text: str) -> tuple[float, ...]:
    """What digits may mean: ``37 3/4`` one number, ``373/4`` that too, ``153/2`` (a misread ½) fifteen and a half."""
    text = text.strip().replace(",", ".")
    if match := _FRACTION.match(text):
        whole, above, below = match.groups()
        return (float(whole or 0) + int(above) / int(below),) if _proper(int(above), int(below)) else ()
    if match := _GLUED.match(text):
        whole, above, below = int(match[1]), int(match[2]), int(match[3])
        if _proper(above, below):
            return (whole + above / below,)
        lost = tuple(whole * 10 + above + n / below for n in (1, 3) if _proper(n, below))
        return (*_any_fraction(whole), *lost)
    if match := _PERCENT.match(text):
        return _any_fraction(int(match[1]))
    if match := _slashless(text):
        return (int(match[1]) + int(match[2][0]) / int(match[2][1]),)
    try:
        return (float(text),)
    except ValueError:
        return ()


def _slashless(text: str) -> re.Match[str] | None:
    match = _SLASHLESS.match(text)
    return match if match and float(text) > _LARGEST else None


def _any_fraction(whole: int) -> tuple[float, ...]:
    return tuple(whole + share for share in (0.5, 0.25, 0.75))


def _proper(above: int, below: int) -> bool:
    return below in _DENOMINATORS and 0 < above < below
