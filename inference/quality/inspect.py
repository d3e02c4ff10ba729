"""The verdict on a result: every check, what it measured, and what follows from all of them."""

from PIL import Image

from inference.ocr.lines import Read
from inference.person.analyse import Analyst
from inference.quality.checks import CHECKS
from inference.quality.thresholds import Limit, limits
from inference.quality.view import view
from inference.tasks.quality import Checked, Inspected, Tried
from schemas.verdicts import Verdict

_WORST: tuple[Verdict, ...] = ("reject", "retry", "pass")


def inspect(tried: Tried, analyst: Analyst, read: Read) -> Inspected:
    """A check that cannot say anything is skipped, and so is the verdict when all of them are."""
    seen = view(_rgb(tried.person), tried.garment, _rgb(tried.result), tried.part, analyst, read)
    own = limits(tried.engine)
    checks = []
    for name, check in CHECKS.items():
        value = check(seen) if seen is not None else None
        checks.append(Checked(name, value, own[name].retry, _verdict(value, own[name])))
    found = {one.verdict for one in checks}
    verdict: Verdict = next((each for each in _WORST if each in found), "skipped")
    return Inspected(verdict, tuple(checks))


def _verdict(value: float | None, limit: Limit) -> Verdict:
    if value is None:
        return "skipped"
    if not value < float("inf"):  # NaN, too
        return "reject"
    if limit.reject is not None and value >= limit.reject:
        return "reject"
    return "retry" if value >= limit.retry else "pass"


def _rgb(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "RGB" else picture.convert("RGB")
