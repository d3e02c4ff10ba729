"""What a channel of the document is, and what it turns into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

#: Where a document keeps schemas.
SCHEMAS = "#/components/schemas/"


@dataclass(frozen=True)
class Spoken:
    """A message with a name of its own, and its headers by name."""

    name: str
    payload: type[BaseModel]
    summary: str
    headers: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    def component(self, example: Any) -> dict[str, Any]:
        """Of ``components.messages``."""
        told: dict[str, Any] = {
            "name": self.name,
            "title": self.name,
            "summary": self.summary,
            "contentType": "application/json",
            "payload": {"$ref": SCHEMAS + self.payload.__name__},
            "examples": [{"name": self.name, "payload": example}],
        }
        if self.headers:
            told["headers"] = {"type": "object", "properties": dict(self.headers)}
            shown = {name: header["examples"][0] for name, header in self.headers.items()}
            told["examples"][0]["headers"] = shown
        return told


@dataclass(frozen=True)
class Channel:
    """Where messages go. ``acts`` are what Proteus does there: send, receive or both."""

    name: str
    address: str
    server: str
    description: str
    messages: tuple[Spoken, ...]
    acts: Mapping[str, str]  # with a sentence each
    more: Mapping[str, Any] = field(default_factory=dict)

    def component(self, parameters: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """Of ``channels``."""
        named = {name: told for name, told in parameters.items() if f"{{{name}}}" in self.address}
        return {
            "address": self.address,
            "title": self.name,
            "description": self.description,
            "servers": [{"$ref": f"#/servers/{self.server}"}],
            "messages": {each.name: {"$ref": f"#/components/messages/{each.name}"} for each in self.messages},
            **({"parameters": named} if named else {}),
            **self.more,
        }

    def operations(self) -> dict[str, dict[str, Any]]:
        """Of ``operations``, by name."""
        channel = f"#/channels/{self.name}"
        return {
            f"{act}_{self.name}": {
                "action": act,
                "channel": {"$ref": channel},
                "title": f"{act}_{self.name}",
                "summary": sentence,
                "description": sentence,
                "messages": [{"$ref": f"{channel}/messages/{each.name}"} for each in self.messages],
            }
            for act, sentence in self.acts.items()
        }
