"""Whether a manifest is what its schema says: Kubernetes' own, or that of a custom resource."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate

#: Schemas of custom resources, from the catalogue datreeio/CRDs-catalog (Apache-2.0).
SCHEMAS = Path(__file__).parent / "schemas"
KUBERNETES = "1.35"
CUSTOM = {folder.name for folder in SCHEMAS.iterdir()}


def validate(document: dict[str, Any]) -> None:
    """Raises when it is not."""
    group, _, version = document["apiVersion"].rpartition("/")
    if group not in CUSTOM:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
        return
    schema = SCHEMAS / group / f"{document['kind'].lower()}_{version}.json"
    # Written for Go, which takes a flag behind the anchor; Python takes it at the beginning alone.
    text = schema.read_text().replace("^(?i)", "(?i)^")
    jsonschema.validate(document, json.loads(text))
