"""One girth of one size on one body: ease, verdict, strain, and what it costs to wear it."""

from dataclasses import dataclass

from inference.engines.fit.rules.tables import Ease
from schemas.jobs.fit import Preference, Verdict

#: The factory's tolerance, in cm: about one on the trunk, half of that elsewhere.
_TOLERANCE = {"chest": 1.0, "waist": 1.0, "hip": 1.0}
_OTHER_TOLERANCE = 0.5
#: Where in the wanted band the wearer likes it.
_TARGET: dict[Preference, float] = {"close": 0.2, "regular": 0.5, "loose": 0.8}
#: Below this stretch, in percent, cloth forgives nothing and a tight fit counts half as much again.
RIGID_BELOW = 10.0


@dataclass(frozen=True)
class Band:
    """Ease limits of one section, in cm, for this cloth: ``least`` <= ``low`` <= ``high`` <= ``most``."""

    least: float
    low: float
    high: float
    most: float
    tolerance: float


@dataclass(frozen=True)
class Fitted:
    """One section of one size: its ease in cm, its verdict, strain as a share of the garment's girth, and its cost."""

    ease: float
    band: Band
    verdict: Verdict
    strain: float
    cost: float


def band(section: str, row: Ease, body: float, stretch: float) -> Band:
    """The limits for a body girth in cm and a cloth that stretches by ``stretch`` percent. Limits are to 0.1 cm."""
    share = (0.5 if row.fit_kind == "negative" else 1 / 3) * stretch / 100
    gives = body * share / (1 + share)
    least, low, high = row.least * max(0.0, 1 - stretch / 20) - gives, row.low, row.high
    if row.fit_kind == "elastic":
        least = row.least
    elif row.fit_kind == "close":
        low -= 0.6 * gives
    elif row.fit_kind == "negative":
        least, low, high = -gives, -0.8 * gives, -0.3 * gives
    least, low, high = round(least, 1), round(max(low, least), 1), round(high, 1)
    return Band(least, low, high, row.most, _TOLERANCE.get(section, _OTHER_TOLERANCE))


def fit_section(
    section: str, row: Ease, *, body: float, garment: float, stretch: float, preference: Preference
) -> Fitted:
    """How a garment's girth sits on a body's, both in cm."""
    rigid = stretch < RIGID_BELOW
    stretch = 0.0 if section == "neck" else stretch  # a collar band gives nothing, whatever the cloth
    limits = band(section, row, body, stretch)
    ease = round(garment - body, 1)
    return Fitted(
        ease=ease,
        band=limits,
        verdict=_verdict(ease, limits),
        strain=max(0.0, (body + row.least * max(0.0, 1 - stretch / 20) - garment) / garment),
        cost=_cost(ease, limits, primary=row.primary, rigid=rigid, preference=preference),
    )


def _verdict(ease: float, limits: Band) -> Verdict:
    if ease < limits.least - limits.tolerance:
        return Verdict.TOO_SMALL
    if ease < limits.low:
        return Verdict.TIGHT
    if ease <= limits.high:
        return Verdict.GOOD
    return Verdict.LOOSE if ease <= limits.most else Verdict.TOO_LARGE


def _cost(ease: float, limits: Band, *, primary: bool, rigid: bool, preference: Preference) -> float:
    weight = 2.0 if primary else 1.0
    distance, factor = 0.0, 1.0
    if ease < limits.low:
        distance = (limits.low - ease) / max(limits.low - (limits.least - limits.tolerance), 1.0)
        factor = (1.5 if rigid else 1.0) * (2.0 if preference == "loose" else 1.0)
    elif ease > limits.high:
        distance = (ease - limits.high) / max(limits.most - limits.high, 1.0)
        factor = 2.0 if preference == "close" else 1.0
    cost = weight * factor * distance**2
    if primary:
        target = limits.low + _TARGET[preference] * (limits.high - limits.low)
        cost += 0.2 * weight * ((ease - target) / max(limits.high - limits.low, 1.0)) ** 2
    return cost
