"""Examples for documents: what a schema's own examples, bounds and choices make of it."""

from collections.abc import Mapping
from typing import Any

_MOMENT = "2026-05-01T12:00:00Z"


def example_of(schema: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]], *, whole: bool) -> Any:
    """A value of the schema; ``named`` are those that it refers to. ``whole`` gives what may be left out, too.

    What may be null is null, and a list has one element, unless an example says otherwise.
    """
    if "$ref" in schema:
        schema = {
            **named[schema["$ref"].rpartition("/")[2]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    for key in ("examples", "enum"):
        if key in schema:
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return None if {"type": "null"} in choices else example_of(choices[0], named, whole=whole)
    return _of_type(schema, named, whole=whole)


def _of_type(schema: Mapping[str, Any], named: Mapping[str, Mapping[str, Any]], *, whole: bool) -> Any:
    match schema.get("type"):
        case "object":
            shown = schema.get("properties", {})
            names = shown if whole else [name for name in shown if _is_shown(name, schema)]
            return {name: example_of(shown[name], named, whole=whole) for name in names}
        case "array":
            many = max(1, schema.get("minItems", 1))
            return [example_of(schema.get("items", {}), named, whole=whole)] * many
        case "integer" | "number":
            least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
            return least + 1 if "exclusiveMinimum" in schema else least
        case "boolean":
            return False
        case "string":
            return _MOMENT if schema.get("format") == "date-time" else "text"
        case _:
            return None


def _is_shown(name: str, schema: Mapping[str, Any]) -> bool:
    """Of what may be left out, that which has an example or but one value."""
    return name in schema.get("required", ()) or bool(
        {"examples", "const"} & schema["properties"][name].keys()
    )
