"""Lengths of one size on one body. They are told beside a size and never choose it."""

from collections.abc import Mapping, Sequence

from inference.tasks.fit import BodyMeasures, Length

#: Of a person's height, where no tape was used: inside leg, and arm from shoulder point to wrist.
_INSIDE_LEG, _ARM = 0.475, 0.344
#: A hem's height above the floor as a share of the person's height: the first that it lies above names it.
_HEMS = (
    (0.625, "above_waist"),
    (0.53, "waist_to_hip"),
    (0.455, "hip"),
    (0.31, "thigh"),
    (0.26, "knee"),
    (0.09, "calf"),
)
_SHORT_SLEEVE_BELOW = 35.0
_LONG_SLEEVED = frozenset({"hoodie", "sweater", "oversized_top"})
_DROPPED_SHOULDERS = frozenset({"tee", "hoodie", "sweater", "oversized_top"})


def lengths(
    garment_class: str, values: Mapping[str, float], body: BodyMeasures, *, worn_on_top: bool
) -> dict[str, Length]:
    """Lengths by section. ``values`` are the size's own in cm; what neither tape nor height can place is left out.

    Source: the centre-back sleeve, inseam and shoulder bands of the length table in docs/fit.md.
    """
    found: dict[str, Length] = {}
    if "sleeve" in values and (sleeve := _sleeve(garment_class, values, body)):
        found["sleeve"] = sleeve
    if "sleeve_cb" in values and (reach := body.measures.get("back_neck_to_wrist")):
        delta = values["sleeve_cb"] - reach
        found["sleeve_cb"] = Length(_between(delta, -2.0, 3.0), round(delta, 1), estimated=False)
    if "shoulder" in values and (shoulder := body.measures.get("shoulder_width")):
        delta = values["shoulder"] - shoulder
        found["shoulder"] = Length(_shoulder(garment_class, delta), round(delta, 1), estimated=False)
    if "inseam" in values and (inseam := _inseam(values["inseam"], body)):
        found["inseam"] = inseam
    height = body.measures.get("height")
    if worn_on_top and "length" in values and height:
        share = round((0.85 * height - 0.97 * values["length"]) / height, 3)
        found["length"] = Length(
            next((n for limit, n in _HEMS if share > limit), "floor"), share, estimated=True
        )
    return found


def best_inseam(inseams: Sequence[float], body: BodyMeasures) -> tuple[float, Length] | None:
    """Of garments of these inside legs (cm) the one that ends nearest to where it should; None without a height."""
    told = [(inseam, found) for inseam in inseams if (found := _inseam(inseam, body))]
    return min(told, key=lambda pair: abs(pair[1].delta or 0.0), default=None)


def _own(body: BodyMeasures, name: str, share: float) -> tuple[float, bool] | None:
    """A body's length in cm, and whether it was made up from the height."""
    if name in body.measures:
        return body.measures[name], name in body.estimated
    return (share * body.measures["height"], True) if "height" in body.measures else None


def _sleeve(garment_class: str, values: Mapping[str, float], body: BodyMeasures) -> Length | None:
    own = _own(body, "arm_length", _ARM)
    if own is None:
        return None
    arm, estimated = own
    if values["sleeve"] < _SHORT_SLEEVE_BELOW:
        return Length("short_sleeve", None, estimated)
    delta = values["sleeve"] - arm
    if "shoulder" in values and "shoulder_width" in body.measures:
        delta += (values["shoulder"] - body.measures["shoulder_width"]) / 2
    return Length(
        _between(delta, -1.5, 7.0 if garment_class in _LONG_SLEEVED else 4.0), round(delta, 1), estimated
    )


def _inseam(inseam: float, body: BodyMeasures) -> Length | None:
    own = _own(body, "inside_leg", _INSIDE_LEG)
    if own is None:
        return None
    leg, estimated = own
    delta = inseam - (leg - 2.5)
    names = ((-6.0, "cropped"), (-2.0, "ankle"))
    verdict = next((name for limit, name in names if delta < limit), None)
    if verdict is None:
        verdict = "good" if delta <= 3 else "long" if delta <= 8 else "too_long"
    return Length(verdict, round(delta, 1), estimated)


def _shoulder(garment_class: str, delta: float) -> str:
    if delta < -1.0:
        return "narrow"
    if delta <= 2.5:
        return "good"
    return "dropped" if delta > 4.0 and garment_class in _DROPPED_SHOULDERS else "wide"


def _between(delta: float, low: float, high: float) -> str:
    return "short" if delta < low else "good" if delta <= high else "long"
