"""Headers of charts in nine languages: which measure a term names, and how it is taken."""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

_DATA = Path(__file__).parent / "data" / "headers.csv"
_BRACKETED_UNIT = re.compile(
    r"[(\[（]\s*(?:cms?|centi\w*|mm|in\.?|inch(?:es)?|kg|zoll|厘米|センチ|㎝|\"|″)\s*[)\]）]", re.I
)
_FOOTNOTE = re.compile(r"[*†‡:：]+")
_CJK = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+(?:[()（）\d/½]*[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)*"
)
_LATIN = re.compile(r"[a-zà-öø-ÿß][a-zà-öø-ÿß'/½ .-]*", re.I)
_LETTER = re.compile(r"^\s*[(\[]?[A-H][)\]]\s*|\s*[(\[][A-H][)\]]\s*$")


@dataclass(frozen=True)
class Term:
    """A header's canonical name, its kind (``section``, ``label``, ``cue``, ``unit``), and how it is measured."""

    name: str
    kind: str
    measure: str
    confidence: float = 1.0


def normalise(text: str) -> str:
    """NFKC, lower case, without blanks, footnote marks and bracketed units."""
    text = unicodedata.normalize("NFKC", text.replace("½", "1/2")).replace("\u2044", "/")
    return re.sub(r"\s+", "", _FOOTNOTE.sub("", _BRACKETED_UNIT.sub("", text))).lower()


@cache
def _terms() -> Mapping[str, tuple[Term, ...]]:
    table: dict[str, list[Term]] = {}
    with _DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            term = Term(row["canonical"], row["kind"], row["measure"])
            known = table.setdefault(normalise(row["term"]), [])
            if term not in known:
                known.append(term)
    return MappingProxyType({key: tuple(terms) for key, terms in table.items() if key})


@lru_cache(4096)  # a worker lives for long, and reads what anybody sends
def header(text: str) -> tuple[Term, ...]:
    """What a header may mean, best first; nothing when the lexicon has no such term. Confidence is 0 to 1."""
    for part, share in _parts(text):
        found = _terms().get(normalise(part), ())
        found = tuple(term for term in found if term.kind in {"section", "label"})
        if found:
            return _confident(found, share)
    key = normalise(text)
    return _contained(key) or _one_edit(key)


def cues(text: str) -> set[str]:
    """What a sentence says of a chart: ``body``, ``garment``, and units by their names."""
    key = normalise(text)
    return {
        t.measure
        for k, terms in _terms().items()
        for t in terms
        if t.kind == "cue" and _is_cue(k) and k in key
    }


def unit_in(text: str) -> set[str]:
    """The units that a text names as words of their own."""
    sentence = len(text.split()) > 2 and not re.search(r"[(\[]\s*in\.?\s*[)\]]", text, re.I)
    words = re.findall(r"[^\W\d_]+|[\"″”]|''", unicodedata.normalize("NFKC", text).lower())
    # "measured in cm": the word is a unit only where it stands alone or in brackets.
    words = [word for word in words if not (sentence and word == "in")]
    return {t.measure for word in words for t in _terms().get(normalise(word), ()) if t.kind == "unit"} | {
        t.measure
        for k, terms in _terms().items()
        for t in terms
        if t.kind == "unit" and _CJK.fullmatch(k) and k in normalise(text)
    }


def _is_cue(key: str) -> bool:
    return len(key) > 3 or bool(_CJK.search(key))


def _parts(text: str) -> Iterator[tuple[str, float]]:
    """A header, then what may be its essential part, with how sure that would be."""
    yield text, 1.0
    bare = _LETTER.sub("", text)
    if bare != text:
        yield bare, 0.98
    for part in re.split(r"\s+/\s+|[|·]|\n", bare):
        yield part, 0.95
    for pattern in (_CJK, _LATIN):
        for part in pattern.findall(bare):
            yield part, 0.95
    yield re.sub(r"[(（\[].*?[)）\]]", "", bare), 0.92


def _confident(terms: tuple[Term, ...], share: float) -> tuple[Term, ...]:
    return tuple(Term(t.name, t.kind, t.measure, share) for t in terms)


def _contained(key: str) -> tuple[Term, ...]:
    """The longest term inside a header."""
    inside = [k for k in _terms() if (len(k) > 3 or (_CJK.fullmatch(k) and len(k) > 1)) and k in key]
    inside = [k for k in inside if any(t.kind in {"section", "label"} for t in _terms()[k])]
    if not inside:
        return ()
    found = _terms()[max(inside, key=len)]
    return _confident(tuple(t for t in found if t.kind in {"section", "label"}), 0.8)


def _one_edit(key: str) -> tuple[Term, ...]:
    """A term that differs by one sign."""
    if len(key) < 4:
        return ()
    for known, terms in _terms().items():
        if abs(len(known) - len(key)) <= 1 and len(known) >= 4 and _near(known, key):
            found = tuple(t for t in terms if t.kind in {"section", "label"})
            if found:
                return _confident(found, 0.7)
    return ()


def _near(a: str, b: str) -> bool:
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
