"""What kustomize makes of an overlay or a component, for what ours use: resources, JSON patches, deletions."""

from pathlib import Path
from typing import Any

import yaml


def compose(folder: Path) -> list[dict[str, Any]]:
    """Every document of the overlay in ``folder``. Raises on what it does not know, rather than guess."""
    overlay = yaml.safe_load((folder / "kustomization.yaml").read_text())
    unknown = overlay.keys() - {"apiVersion", "kind", "namespace", "resources", "patches"}
    assert not unknown, f"{folder}: {unknown} is not composed here"
    documents: list[dict[str, Any]] = []
    for name in overlay["resources"]:
        path = folder / name
        documents += compose(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    for patch in overlay.get("patches", ()):
        kind, name = patch["target"]["kind"], patch["target"]["name"]
        (found,) = [d for d in documents if d["kind"] == kind and d["metadata"]["name"] == name]
        body = yaml.safe_load(patch["patch"])
        if isinstance(body, dict):
            assert body["$patch"] == "delete"
            documents.remove(found)
            continue
        for operation in body:
            _apply(found, operation)
    return documents


def _apply(document: Any, operation: dict[str, Any]) -> None:
    *parents, last = operation["path"].strip("/").split("/")
    for key in parents:
        document = document[int(key) if isinstance(document, list) else key]
    if operation["op"] == "remove":
        del document[last]
        return
    assert operation["op"] == "add" or last in document, f"{operation['path']} is not there to be replaced"
    document[last] = operation["value"]
