"""One question to a chat model behind an OpenAI-compatible endpoint, within a time that holds whatever it does."""

import json
import time
from dataclasses import dataclass

import httpx

#: An answer is a few sentences; more is not read.
_MOST_BYTES = 64_000
#: No proxy stands before this machine.
_LOOPBACK = {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")}


class ChatFailed(Exception):
    """The endpoint is away, too slow, or answers with something else than an answer."""


@dataclass(frozen=True)
class ChatEndpoint:
    """``/chat/completions`` follows ``url``, such as ``http://localhost:11434/v1``; ``key`` is a bearer token."""

    url: str
    model: str
    key: str | None = None


def ask(endpoint: ChatEndpoint, system: str, question: str, seconds: float) -> str:
    """What the model answers. Raises ChatFailed, after about ``seconds`` at the latest."""
    until = time.monotonic() + seconds
    body = {
        "model": endpoint.model,
        "temperature": 0,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    }
    headers = {} if endpoint.key is None else {"Authorization": f"Bearer {endpoint.key}"}
    answer = bytearray()
    try:
        with (
            httpx.Client(timeout=seconds, mounts=_LOOPBACK) as http,
            http.stream(
                "POST", f"{endpoint.url.rstrip('/')}/chat/completions", json=body, headers=headers
            ) as told,
        ):
            told.raise_for_status()
            for part in told.iter_bytes():
                answer += part
                if len(answer) > _MOST_BYTES or time.monotonic() > until:
                    raise ChatFailed("too long an answer")
        said = json.loads(answer)["choices"][0]["message"]["content"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError) as error:
        raise ChatFailed(f"{type(error).__name__}: {error}") from error
    if not isinstance(said, str):
        raise ChatFailed("no text in the answer")
    return said
