"""Holds what the gateway says against the documents that describe it, with nothing beyond them allowed."""

import copy
import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

from services.asyncapi.document import asyncapi_document
from services.gateway.openapi.application import openapi_document


def closed(document: dict[str, Any]) -> dict[str, Any]:
    """A copy in which no object may have more than its schema names."""
    strict = copy.deepcopy(document)
    for schema in strict["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return strict


def validate(schema: dict[str, Any], document: dict[str, Any], value: Any) -> None:
    """Raises ValidationError."""
    rooted = {**schema, "components": document["components"]}
    Draft202012Validator(rooted, format_checker=FormatChecker()).validate(value)


class Answers:
    """Checks each answer of a client; ``seen`` are the operations that succeeded."""

    def __init__(self) -> None:
        self.document = closed(openapi_document())
        self.operations = {
            (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path))): operation
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
        }
        self.seen: set[str] = set()

    async def check(self, answer: httpx.Response) -> None:
        """For ``event_hooks``."""
        body = await answer.aread()
        operation = self.operation(answer.request)
        told = operation["responses"].get(str(answer.status_code)) or (
            operation["responses"].get("2XX") if answer.is_success else None
        )
        assert told is not None, (operation["operationId"], answer.status_code, body)
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        if answer.is_success:
            self.seen.add(operation["operationId"])
        if not body:
            assert "content" not in told
            return
        content = told["content"][answer.headers["content-type"].partition(";")[0]]
        validate(content["schema"], self.document, answer.json())

    def operation(self, request: httpx.Request) -> dict[str, Any]:
        """The most literal one whose path matches."""
        path = request.url.path
        found = [
            (pattern, operation)
            for (method, pattern), operation in self.operations.items()
            if method == request.method and pattern.fullmatch(path)
        ]
        return min(found, key=lambda each: each[0].pattern.count("[^/]+"))[1]


class Events:
    """Checks what sockets receive."""

    def __init__(self) -> None:
        self.document = closed(asyncapi_document())

    def check(self, event: Any) -> None:
        """Raises ValidationError."""
        validate({"$ref": "#/components/schemas/JobEvent"}, self.document, event)
