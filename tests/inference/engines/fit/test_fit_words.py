"""Advice in other words: by a chat endpoint of the operator's, which never gets to change what it says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from inference.engines.fit.rules.engine import FitOptions, create
from inference.engines.fit.rules.reword import Ask, reworded
from inference.registry import create as chosen
from inference.tasks.fit import BodyMeasures, FitQuestion

LINE = "chest: good. M leaves 6 cm; this style is meant to have 2 to 10"
REASON = "less certain: only one measure could be compared"
ALL = ("M; confidence medium", LINE, REASON, "A picture of the try-on does not show fit")


def _with(*texts: str) -> Ask:
    return lambda _messages: f"```json\n{json.dumps(texts)}\n```"


def test_sentences_are_reworded_and_what_they_name_stays() -> None:
    other = _with(
        "With M there are 6 cm of room, where 2 to 10 are meant", "there was only one measure to compare"
    )

    assert reworded(ALL, other) == (
        "M; confidence medium",
        "chest: good. With M there are 6 cm of room, where 2 to 10 are meant",
        "less certain: there was only one measure to compare",
        "A picture of the try-on does not show fit",
    )


@pytest.mark.parametrize(
    "other",
    [
        "M leaves 7 cm, where 2 to 10 are meant",
        "M leaves 6 cm",
        "M leaves six cm of the 6, where 2 to 10 are meant",
        "M leaves 6.5 cm, where 2 to 10 are meant",
        "L leaves 6 cm, where 2 to 10 are meant",
        "Medium leaves 6 cm, where 2 to 10 are meant",
        "M will fit: 6 cm, where 2 to 10 are meant",
        "M leaves 6 cm, where 2 to 10 are meant. " + "Very nice. " * 50,
        "",
    ],
)
def test_a_wording_that_says_something_else_is_not_taken(other: str) -> None:
    assert reworded((LINE,), _with(other)) == (LINE,)


@contextmanager
def _model(
    answer: Callable[[dict[str, Any]], tuple[int, bytes]],
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint on loopback: its address, and what it was asked."""
    asked: list[dict[str, Any]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({**body, "path": self.path, "login": self.headers["Authorization"]})
            status, told = answer(body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _said(texts: list[str]) -> tuple[int, bytes]:
    return 200, json.dumps({"choices": [{"message": {"content": json.dumps(texts)}}]}).encode()


def _advice(url: str | None) -> tuple[str, ...]:
    options = {} if url is None else {"fit_llm_url": url, "fit_llm_model": "words", "fit_llm_key": "secret"}
    engine = create(FitOptions.model_validate(options))
    question = engine.example()
    asked = FitQuestion(question.chart, BodyMeasures({"chest": 94.0}), question.garment)
    (answer,) = engine.run([asked], lambda _: set())
    return answer.explanation


def test_an_operators_model_is_asked_for_words_and_told_no_measure_of_the_body() -> None:
    def answer(body: dict[str, Any]) -> tuple[int, bytes]:
        texts = json.loads(body["messages"][1]["content"])
        return _said([f"As far as one can see, {text}" for text in texts])

    own = _advice(None)
    with _model(answer) as (url, asked):
        told = _advice(url)

    assert [asked[0][name] for name in ("path", "model", "login")] == [
        "/v1/chat/completions", "words", "Bearer secret",
    ]  # fmt: skip
    assert "94" not in json.dumps(asked)
    assert told != own and any("As far as one can see" in line for line in told)
    assert told[0] == own[0] and len(told) == len(own)


@pytest.mark.parametrize(
    "answer",
    [
        (500, b"no"),
        (200, b"<html>"),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": {"content": null}}]}'),
        (200, b"x" * 100_000),
        _said(["one text too many"] * 9),
    ],
)
def test_what_is_no_answer_leaves_advice_as_it_is(answer: tuple[int, bytes]) -> None:
    with _model(lambda _body: answer) as (url, _asked):
        assert _advice(url) == _advice(None)


def test_an_endpoint_that_is_away_leaves_advice_as_it_is() -> None:
    with _model(lambda _body: (200, b"")) as (url, _asked):
        pass
    assert _advice(url) == _advice(None)


def test_nobody_is_asked_unless_the_operator_says_so() -> None:
    engine, _why = chosen("fit", "auto", lambda options: options())
    assert vars(engine) == {"_ask": None}
