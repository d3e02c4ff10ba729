"""One question to a chat model behind an OpenAI-compatible endpoint, within a time that holds whatever it does."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from proteus_client.proxies import LOOPBACK

#: An answer is a few sentences; more is not read.
_MOST_BYTES = 64_000

#: A message: its role, and its content as text or as parts.
Message = Mapping[str, Any]


class ChatFailed(Exception):
    """The endpoint is away, too slow, or answers with something else than an answer."""


@dataclass(frozen=True)
class ChatEndpoint:
    """``/chat/completions`` follows ``url``, such as ``http://localhost:11434/v1``; ``key`` is a bearer token."""

    url: str
    model: str
    key: str | None = None


def ask(
    endpoint: ChatEndpoint,
    messages: Sequence[Message],
    seconds: float,
    *,
    answer_as: Mapping[str, Any] | None = None,
    through_proxies: bool = True,
) -> str:
    """What the model answers, as the JSON schema ``answer_as`` says where one is given.

    Raises ChatFailed, after about ``seconds`` at the latest. The endpoint may send on to no other address.
    """
    until = time.monotonic() + seconds
    body: dict[str, Any] = {"model": endpoint.model, "temperature": 0, "messages": messages}
    if answer_as is not None:
        schema = {"name": "answer", "strict": True, "schema": answer_as}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    headers = {} if endpoint.key is None else {"Authorization": f"Bearer {endpoint.key}"}
    url = f"{endpoint.url.rstrip('/')}/chat/completions"
    answer = bytearray()
    try:
        with (
            httpx.Client(timeout=seconds, mounts=LOOPBACK, trust_env=through_proxies) as http,
            http.stream("POST", url, json=body, headers=headers) as told,
        ):
            if told.status_code != httpx.codes.OK:
                raise ChatFailed(f"it answered {told.status_code}")
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
