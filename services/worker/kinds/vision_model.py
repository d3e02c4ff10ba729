"""A vision model that the operator runs is asked about pictures.

Any endpoint that speaks OpenAI's chat completions with pictures and a JSON schema for the answer (vLLM, Ollama and
others). It is asked beside the device; one that is away, slow or talks nonsense gives no word, and is left alone for a
while.
"""

import asyncio
import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from PIL import Image
from pydantic import BaseModel, SecretStr, ValidationError

from inference.chat import ChatEndpoint, ChatFailed, ask
from inference.pictures import encode_jpeg, on_white, thumbnail
from services.settings import SettingsError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)

_SECONDS = 10.0
#: After an endpoint that did not answer.
_REST_SECONDS = 60.0
#: Long side of the pictures that it is shown, in pixels.
_SIDE = 768


@dataclass
class VisionModel:
    """One endpoint."""

    endpoint: ChatEndpoint
    _rests_until: float = 0.0

    async def ask(
        self, question: str, pictures: Sequence[Image.Image], answer_as: type[Answer]
    ) -> Answer | None:
        """Its answer; None where it gives none, or rests."""
        if monotonic() < self._rests_until:
            return None
        try:
            return await asyncio.to_thread(self._ask, question, pictures, answer_as)
        except (ChatFailed, ValidationError) as error:
            log.warning("%s gave no word: %s", self.endpoint.model, type(error).__name__)
            self._rests_until = monotonic() + _REST_SECONDS
            return None

    def _ask(self, question: str, pictures: Sequence[Image.Image], answer_as: type[Answer]) -> Answer:
        shown = [{"type": "image_url", "image_url": {"url": url}} for url in map(_data_url, pictures)]
        # Through no proxy of the environment: the operator has allowed hosts, and a proxy is another.
        answer = ask(
            self.endpoint,
            [{"role": "user", "content": [{"type": "text", "text": question}, *shown]}],
            _SECONDS,
            answer_as=answer_as.model_json_schema(),
            through_proxies=False,
        )
        return answer_as.model_validate_json(answer)


def vision_model(
    role: str, url: str | None, hosts: str, model: str | None, key: SecretStr | None
) -> VisionModel | None:
    """That of the settings ``PROTEUS_{role}_…``; None where no endpoint is named.

    Raises SettingsError for one that photos may not be sent to.
    """
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"PROTEUS_{role}_URL: is no http address")
    if parts.hostname not in {host.strip().lower() for host in hosts.split(",") if host.strip()}:
        raise SettingsError(
            f"PROTEUS_{role}_HOSTS: does not name {parts.hostname}, so no photo is sent there"
        )
    if not model:
        raise SettingsError(f"PROTEUS_{role}_MODEL: is not set, and PROTEUS_{role}_URL is")
    return VisionModel(ChatEndpoint(url, model, key.get_secret_value() if key else None))


def _data_url(picture: Image.Image) -> str:
    """Its pixels alone, on white where it is transparent."""
    small = thumbnail(on_white(picture), _SIDE)
    return f"data:image/jpeg;base64,{base64.b64encode(encode_jpeg(small)).decode()}"
