"""What kustomize makes of an overlay or a component, for what ours use: resources, components, patches."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

KNOWN = {"apiVersion", "kind", "namespace", "resources", "components", "patches"}


def compose(folder: Path) -> list[dict[str, Any]]:
    """Every document of the overlay in ``folder``. Raises on what it does not know, rather than guess."""
    documents: list[dict[str, Any]] = []
    _add(folder, documents)
    return documents


def _add(folder: Path, documents: list[dict[str, Any]]) -> None:
    overlay = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = overlay.keys() - KNOWN
    assert not unknown, f"{folder}: {unknown} is not composed here"
    for name in overlay.get("resources", ()):
        path = folder / name
        documents += compose(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for name in overlay.get("components", ()):
        _add(folder / name, documents)  # which patches what is there already
    for patch in overlay.get("patches", ()):
        _patch(documents, patch)


def _patch(documents: list[dict[str, Any]], patch: dict[str, Any]) -> None:
    kind, name = patch["target"]["kind"], patch["target"]["name"]
    (found,) = [d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name]
    body = yaml.safe_load(patch["patch"])
    if isinstance(body, dict):
        assert body["$patch"] == "delete"
        documents.remove(found)
        return
    for operation in body:
        _apply(found, operation)


def _apply(document: Any, operation: dict[str, Any]) -> None:
    *parents, last = operation["path"].strip("/").split("/")
    for key in parents:
        document = document[int(key) if isinstance(document, list) else key]
    value = deepcopy(operation.get("value"))
    if operation["op"] == "remove":
        del document[last]
    elif last == "-":
        document.append(value)
    else:
        assert operation["op"] == "add" or last in document, (
            f"{operation['path']} is not there to be replaced"
        )
        document[last] = value
