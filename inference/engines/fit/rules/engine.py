"""The fit rules as an engine: pure functions over tables of numbers."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from inference.engine import EngineInfo, Progress
from inference.engines.fit.rules.advise import advise
from inference.engines.fit.rules.lengths import best_inseam
from inference.engines.fit.rules.tables import ease
from inference.engines.fit.rules.words import explanation, phrases
from inference.options import Options
from inference.tasks.fit import Advice, Answer, BodyMeasures, Chart, FitQuestion, GarmentToFit, Section
from schemas.sizing.body import body_limits
from schemas.sizing.fabric import stretch


class FitRules:
    """The rules of docs/fit.md."""

    info = EngineInfo("rules", "Apache-2.0", "open", device="cpu")

    def load(self) -> None:
        """Read the tables."""
        ease(), stretch(), body_limits()

    def example(self) -> FitQuestion:
        """A tee in two sizes."""
        chest = Section("flat", {"S": 48.5, "M": 51.0})
        chart = Chart("garment", "cm", ("S", "M"), {"chest": chest}, confirmed=True)
        return FitQuestion(chart, BodyMeasures({"chest": 94.0}), GarmentToFit("tee", "moderate_knit"))

    def bucket(self, _question: FitQuestion, /) -> Hashable:
        """Each takes less than a millisecond."""
        return "any"

    def run(self, batch: Sequence[FitQuestion], progress: Progress, /) -> Sequence[Answer]:
        """An answer to each, in order."""
        found = [_answer(question) for question in batch]
        progress(1.0)
        return found


def _answer(question: FitQuestion) -> Answer:
    advice = _advise(question)
    return Answer(advice, tuple(explanation(advice, question.chart)), phrases(advice))


def _advise(question: FitQuestion) -> Advice:
    advice = advise(question.chart, question.body, question.garment)
    best = best_inseam(question.inseams, question.body)
    if advice.size is None or best is None or "inseam" in advice.lengths:
        return advice
    inseam, length = best
    return replace(advice, inseam=inseam, lengths={**advice.lengths, "inseam": length})


OPTIONS = Options


def create(_options: Options) -> FitRules:
    """They have no options."""
    return FitRules()


def available(_options: Options) -> str | None:
    """Always."""
    return None
