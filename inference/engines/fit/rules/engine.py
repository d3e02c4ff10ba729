"""The fit rules as an engine: pure functions over tables of numbers."""

import logging
from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field, HttpUrl, SecretStr

from inference.chat import ChatEndpoint, ChatFailed, ask
from inference.engine import EngineInfo, Progress
from inference.engines.fit.rules.advise import advise
from inference.engines.fit.rules.lengths import best_inseam
from inference.engines.fit.rules.reword import Ask, reworded
from inference.engines.fit.rules.tables import ease
from inference.engines.fit.rules.words import explanation, phrases
from inference.options import Options
from inference.tasks.fit import Advice, Answer, BodyMeasures, Chart, FitQuestion, GarmentToFit, Section
from schemas.sizing.body import body_limits
from schemas.sizing.fabric import stretch

log = logging.getLogger(__name__)

#: Whoever asked for advice waits: without an answer until then it keeps its own words.
_PATIENCE_SECONDS = 5.0


class FitOptions(Options):
    """Of advice that a language model rewords."""

    fit_llm_url: HttpUrl | None = Field(
        None,
        description="OpenAI-compatible endpoint, such as http://localhost:11434/v1, that may reword the reasons of "
        "size advice; no number and no size is ever taken from it. Off when left out.",
    )
    fit_llm_model: str = Field("", description="The model that it is asked for.")
    fit_llm_key: SecretStr | None = Field(None, description="Sent to it as a bearer token.")


class FitRules:
    """The rules of docs/fit.md. ``ask``, where there is one, may reword their reasons."""

    info = EngineInfo("rules", "Apache-2.0", "open", device="cpu")

    def __init__(self, ask: Ask | None = None) -> None:
        self._ask = ask

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
        if self._ask is not None:
            found = _reworded(found, self._ask)
        progress(1.0)
        return found


def _answer(question: FitQuestion) -> Answer:
    advice = _advise(question)
    return Answer(advice, tuple(explanation(advice, question.chart)), phrases(advice))


def _reworded(answers: Sequence[Answer], ask: Ask) -> list[Answer]:
    """Those that a model worded anew; after its first failure it is not waited for again."""
    told = list(answers)
    try:
        for index, answer in enumerate(answers):
            told[index] = replace(answer, explanation=reworded(answer.explanation, ask))
    except ChatFailed as error:
        log.warning("advice keeps its own words: %s", error)
    return told


def _advise(question: FitQuestion) -> Advice:
    advice = advise(question.chart, question.body, question.garment)
    best = best_inseam(question.inseams, question.body)
    if advice.size is None or best is None or "inseam" in advice.lengths:
        return advice
    inseam, length = best
    return replace(advice, inseam=inseam, lengths={**advice.lengths, "inseam": length})


OPTIONS = FitOptions


def create(options: FitOptions) -> FitRules:
    """An engine, not loaded."""
    if options.fit_llm_url is None:
        return FitRules()
    key = options.fit_llm_key.get_secret_value() if options.fit_llm_key else None
    endpoint = ChatEndpoint(str(options.fit_llm_url), options.fit_llm_model, key)
    return FitRules(partial(ask, endpoint, seconds=_PATIENCE_SECONDS))


def available(_options: FitOptions) -> str | None:
    """Always."""
    return None
