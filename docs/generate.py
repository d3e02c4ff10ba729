"""Writes what documents derive from code: the settings table, the OpenAPI and AsyncAPI files.

`python -m docs.generate` writes; with `--check` it only says what is stale, and exits with 1.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from services.arbitrator.settings import ArbitratorSettings
from services.asyncapi import asyncapi_document
from services.gateway.app import openapi_document
from services.gateway.settings import GatewaySettings
from services.settings import DatabaseSettings, NatsSettings, StorageSettings, variable
from services.worker.settings import WorkerSettings

ROOT = Path(__file__).parents[1]
READERS: dict[type[BaseSettings], str] = {
    NatsSettings: "all",
    StorageSettings: "gateway, weaver, tailor",
    DatabaseSettings: "gateway",
    GatewaySettings: "gateway",
    WorkerSettings: "weaver, tailor",
    ArbitratorSettings: "arbitrator",
}
START, END = "<!-- settings: written by `make docs` -->", "<!-- /settings -->"


def _rows() -> Iterator[str]:
    yield "| variable | default | read by | what it is |"
    yield "|---|---|---|---|"
    for settings, readers in READERS.items():
        for name, field in settings.model_fields.items():
            default = field.default
            if default is PydanticUndefined:
                shown = "required" if field.default_factory is None else ""
            elif default is None or default == "" or isinstance(default, SecretStr | tuple | list):
                shown = ""
            else:
                shown = f"`{default}`"
            yield f"| `{variable(settings, name)}` | {shown} | {readers} | {field.description} |"


def _text(document: dict[str, Any]) -> str:
    """Sorted, since FastStream collects channels in no fixed order."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def documents() -> dict[Path, str]:
    """Every generated file with its text."""
    readme = ROOT / "README.md"
    before, rest = readme.read_text().split(START)
    after = rest.split(END)[1]
    return {
        readme: before + "\n".join([START, *_rows(), END]) + after,
        ROOT / "docs" / "openapi.json": _text(openapi_document()),
        ROOT / "docs" / "asyncapi.json": _text(asyncapi_document()),
    }


def stale() -> list[Path]:
    """Files whose text is not what the code says."""
    return [path for path, text in documents().items() if not path.exists() or path.read_text() != text]


if __name__ == "__main__":
    if "--check" in sys.argv:
        old = stale()
        print(*(f"stale: {path.relative_to(ROOT)} (run make docs)" for path in old), sep="\n")  # noqa: T201
        raise SystemExit(bool(old))
    for path, text in documents().items():
        path.write_text(text)
