"""Ease by garment class."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Ease:
    """Ease of one section of one class, in cm: below ``least`` nobody can wear it, ``low`` to ``high`` is meant."""

    fit_kind: str
    least: float
    low: float
    high: float
    most: float
    primary: bool


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def ease() -> Mapping[str, Mapping[str, Ease]]:
    """Ease by garment class and section."""
    table: dict[str, dict[str, Ease]] = {}
    for row in _rows("ease.csv"):
        table.setdefault(row["garment_class"], {})[row["section"]] = Ease(
            fit_kind=row["fit_kind"],
            # A garment of negative ease has no fixed limits below: the cloth's stretch sets them.
            least=float(row["e_min_cm"] or 0),
            low=float(row["e_lo_cm"] or 0),
            high=float(row["e_hi_cm"] or 0),
            most=float(row["e_max_cm"]),
            primary=row["primary"] == "1",
        )
    return MappingProxyType(table)
