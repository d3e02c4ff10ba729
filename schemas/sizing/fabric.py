"""How far cloth stretches: by its class, and the class that a composition bounds."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from schemas.sizing.rows import rows

UNKNOWN = "unknown"
_NUMBER = r"(\d{1,3}(?:[.,]\d+)?)\s*[%％]"
_NAME = r"([^\d%％]*[^\W\d_][^\d%％]*)"
_NUMBER_FIRST, _NAME_FIRST = re.compile(_NUMBER + _NAME), re.compile(_NAME + _NUMBER)
#: Parts of a cloth add up to 100 within this: labels round.
_ROUNDING = 1.0
#: No cloth for clothes has more elastane, in percent: whoever reads more has read another fibre's number.
_MOST_ELASTANE = 50.0
#: Characters that a composition has at most.
_LONGEST = 500


@cache
def stretch() -> Mapping[str, float]:
    """Stretch of a fabric across, in percent, by stretch class."""
    return MappingProxyType(
        {row["stretch_class"]: float(row["stretch_pct_used"]) for row in rows("fabrics.csv")}
    )


@cache
def garment_classes() -> Mapping[str, str]:
    """How the cloth of each garment class is usually made; empty where nobody can say."""
    return MappingProxyType({row["garment_class"]: row["construction"] for row in rows("constructions.csv")})


def stretch_of(composition: str, garment_class: str | None) -> str:
    """The stretch class of a composition such as ``95 % cotton, 5 % elastane``; ``unknown`` where it bounds none.

    The rules are those of fabric_rules.csv, by how the cloth is made: as the text says, else as the garment's class
    usually is. Of several cloths the first one counts.
    """
    text = unicodedata.normalize("NFKC", composition).casefold()
    elastane = _elastane(text)
    construction = _named(text, elastane_only=False) or garment_classes().get(garment_class or "", "")
    if elastane is None or not construction:
        return UNKNOWN
    bounds = [
        (float(row["elastane_pct_max"]), row["stretch_class"])
        for row in rows("fabric_rules.csv")
        if row["construction"] == construction
    ]
    return next((name for most, name in sorted(bounds) if elastane <= most), UNKNOWN)


def composition_in(lines: Iterable[str]) -> str | None:
    """What a care label, or a page, says its cloth is made of: the first lines of shares that add up to 100 percent.

    Two lines that belong together may be split anywhere between a number and its fibre.
    """
    kept: list[str] = []
    for line in lines:
        line = " ".join(unicodedata.normalize("NFKC", line).split())
        if not re.search(_NUMBER, line) and not (kept and _unfinished(kept)):
            if kept:  # another subject comes between
                kept = []
            continue
        for so_far in ([*kept, line], [line]):  # what came before may belong to something else
            whole = sum(share for share, _ in _parts(", ".join(so_far).casefold()))
            if whole <= 100 + _ROUNDING:
                break
        kept = so_far
        if whole >= 100 - _ROUNDING and len(said := ", ".join(kept)) <= _LONGEST:
            return said
    return None


def _unfinished(lines: Sequence[str]) -> bool:
    """Whether the last line is a number that waits for its fibre."""
    return re.fullmatch(_NUMBER, lines[-1].strip()) is not None


def _elastane(text: str) -> float | None:
    """Percent of elastane in the first cloth that is told in full; None when none is."""
    whole = elastane = 0.0
    for share, fibre in _parts(text):
        whole += share
        if _named(fibre, elastane_only=True):
            elastane += share
        if whole > 100 - _ROUNDING:
            return elastane if whole <= 100 + _ROUNDING and elastane <= _MOST_ELASTANE else None
    return None


def _parts(text: str) -> Iterator[tuple[float, str]]:
    """Shares with their fibres, whichever of the two the text says first."""
    shares = len(re.findall(_NUMBER, text))
    found = _NUMBER_FIRST.findall(text)
    if len(found) < shares:
        found = [(number, name) for name, number in _NAME_FIRST.findall(text)]
    for number, name in found:
        yield float(number.replace(",", ".")), name


def _named(text: str, *, elastane_only: bool) -> str | None:
    """What the first word of fabric_words.csv in a text means."""
    for row in rows("fabric_words.csv"):
        if (row["means"] == "elastane") == elastane_only and _has(text, row["word"]):
            return row["means"]
    return None


def _has(text: str, word: str) -> bool:
    """Whole, where words have blanks between them."""
    if not word.isascii() and not word[0].islower():
        return word in text
    return re.search(rf"(?<!\w){re.escape(word)}(?:ted|ed)?(?!\w)", text) is not None
