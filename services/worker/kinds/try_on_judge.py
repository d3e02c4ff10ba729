"""The result of a try-on, looked at before its user sees it: the verdict, whether to make it again, what to say."""

from collections.abc import Mapping, Sequence
from typing import Any

from inference.engine import EngineInfo, TryOnItem, TryOnPicture
from inference.errors import PictureError
from inference.ocr.reader import reader
from inference.person.analyse import analyst
from inference.quality.inspect import inspect
from inference.tasks.quality import Inspected, Tried
from schemas.jobs.try_on import TryOnRequest
from schemas.verdicts import SAID, Inspection
from services.worker.kinds.base import Judge, Made
from services.worker.kinds.quality import told

_UNCHECKED = "The result was not checked."
_AGAIN = "The first picture was spoilt, so one was made with another seed; this is the better of both."
_ONE_MORE = "The pictures were all spoilt, so one more was made with another seed; these are the better ones."
_SPOILT = ("retry", "reject")
#: Above all numbers of checks that are only to be made again.
_REJECTED = 1000.0


def wanted(request: TryOnRequest, engine: EngineInfo) -> bool:
    """Not where nobody is to look, nor at a picture of nothing."""
    return request.check != "off" and engine.sees


def at(request: TryOnRequest, item: TryOnItem, picture: TryOnPicture, engine: EngineInfo) -> Inspected:
    """The verdict, with the networks that looked at the photos."""
    tried = Tried(item.person, item.garment, picture.image, request.params.garment, engine.name)
    return inspect(tried, analyst(), reader())


def again(request: TryOnRequest, picture: TryOnPicture, found: Inspected) -> bool:
    """Another seed may do better where the engine has seeds and the job asked for none."""
    return found.verdict in _SPOILT and picture.seed is not None and request.params.seed is None


def badness(found: Inspected) -> float:
    """How far beyond their thresholds the checks are; not known counts as hardly good."""
    if found.verdict == "skipped":
        return 0.5
    beyond = [_beyond(one.value, one.threshold) for one in found.checks if one.verdict in _SPOILT]
    return sum(beyond) + _REJECTED * sum(one.verdict == "reject" for one in found.checks)


def _beyond(value: float | None, threshold: float) -> float:
    return min(_REJECTED / 100, value / threshold) if value is not None and value == value else _REJECTED


def verdicts(found: Inspected) -> Mapping[str, str]:
    """Of each check, and of all together."""
    return {"all": found.verdict, **{one.name: one.verdict for one in found.checks}}


def tell(request: TryOnRequest, details: dict[str, Any], made: Sequence[Made]) -> dict[str, Any]:
    """The fields of a result, with the verdict on each picture. Raises PictureError where it is to be refused."""
    found: Inspected = next(one.found for one in made if one.kept)
    bad = [SAID[one.name] for one in found.checks if one.verdict in _SPOILT]
    if hides(request, found):
        raise PictureError("result_spoilt", f"The result is not good enough to be shown: {_listed(bad)}.")
    said = []
    if bad:
        said.append(f"The result may be spoilt: {_listed(bad)}. Make it again, or use another photo.")
    if found.verdict == "skipped":
        said.append(_UNCHECKED)
    if any(one.again for one in made):
        said.append(_ONE_MORE if request.samples > 1 else _AGAIN)
    return {
        **details,
        "warnings": tuple(dict.fromkeys((*details["warnings"], *said))),
        "low_confidence": details["low_confidence"] or bool(bad),
        "verdict": found.verdict,
        "inspections": [
            Inspection(
                verdict=one.found.verdict,
                checks=told(one.found),
                seed=one.ran.outcome.seed,
                kept=one.kept,
            )
            for one in made
        ],
    }


def hides(request: TryOnRequest, found: Inspected) -> bool:
    """What a job that asked for it does not show."""
    return found.verdict == "reject" and request.check == "refuse"


def _listed(said: Sequence[str]) -> str:
    return "; ".join(said)


def skipped() -> Inspected:
    """Of a result that nobody could look at: nothing is said to be well."""
    return Inspected("skipped", ())


JUDGE = Judge(wanted, at, skipped, again, badness, verdicts, hides, tell)
