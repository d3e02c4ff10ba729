"""JSON Schemas as programs that make clients read them best: what pydantic leaves unsaid is added, once for all
documents.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_INT32 = 2**31


def exactly_one(*names: str) -> dict[str, Any]:
    """Of these properties one has a value, and the others are left out or null.

    Said by ``if``, which generators leave alone: most of them lose an object's properties at a ``oneOf`` beside them.
    """
    rule: dict[str, Any] = {"required": [names[-1]], "properties": {names[-1]: {"type": "string"}}}
    for name, others in zip(
        names[-2::-1], (names[i + 1 :] for i in range(len(names) - 2, -1, -1)), strict=True
    ):
        rule = {
            "if": {"required": [name], "properties": {name: {"type": "string"}}},
            "then": {"properties": {other: {"type": "null"} for other in others}},
            "else": rule,
        }
    return rule


def one_or_all(one: str, others: Sequence[str]) -> dict[str, Any]:
    """This property has a value and none of the others has, or all of those have. Said by ``if``, as above."""
    text, null = {"type": "string"}, {"type": "null"}
    return {
        "if": {"required": [one], "properties": {one: text}},
        "then": {"properties": dict.fromkeys(others, null)},
        "else": {"required": [*others], "properties": dict.fromkeys(others, text)},
    }


def finish(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Change schemas, by name, in place.

    Integers and numbers get a format, each value of an enum a name that clashes with no other's. A tuple of one type is
    an array of so many. A default becomes a sentence: generators take a property that has one for a required one.
    """
    for name, schema in schemas.items():
        finish_one(schema, name)
    for schema in schemas.values():
        for told in schema.get("properties", {}).values():
            _describe(told, schemas)


def finish_one(schema: Any, name: str) -> None:
    """The same for one schema of this name, and for all that lies in it."""
    if isinstance(schema, list):
        for each in schema:
            finish_one(each, name)
    if not isinstance(schema, dict):
        return
    _say_format(schema)
    _name_values(schema, name)
    _make_array(schema)
    _part_arrays(schema)
    _say_default(schema)
    for key, inner in schema.items():
        if key in ("properties", "$defs", "patternProperties"):
            for field, each in inner.items():
                finish_one(each, f"{name}_{field}")
        elif key not in ("examples", "example", "const", "enum", "default"):
            finish_one(inner, name)


def _describe(schema: dict[str, Any], named: Mapping[str, dict[str, Any]]) -> None:
    """A property that says nothing of itself, as its type does; null says nothing."""
    kinds = [schema, *schema.get("anyOf", ())]
    kinds += [named[kind["$ref"].rpartition("/")[2]] for kind in kinds if "$ref" in kind]
    told = next((kind["description"] for kind in kinds if kind.get("description")), None)
    if told is None and isinstance(schema.get("items"), dict):
        _describe(each := dict(schema["items"]), named)
        told = each.get("description") and f"Of each: {each['description']}"
    if told:
        schema["description"] = told


def _say_format(schema: dict[str, Any]) -> None:
    if schema.get("type") == "number":
        schema.setdefault("format", "double")
    elif schema.get("type") == "integer":
        most = schema.get("maximum", schema.get("exclusiveMaximum", _INT32 + 1) - 1)
        schema.setdefault("format", "int32" if most < _INT32 else "int64")


def _name_values(schema: dict[str, Any], name: str) -> None:
    """With the enum's own name before them: in some languages all constants share one space."""
    values = schema.get("enum")
    if values and all(isinstance(value, str) for value in values):
        schema["x-enum-varnames"] = [f"{_upper(name)}_{_upper(value)}" for value in values]


def _upper(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^A-Za-z0-9]+", "_", parted).upper()


def _make_array(schema: dict[str, Any]) -> None:
    each = schema.get("prefixItems")
    if each and all(item == each[0] for item in each):
        schema["items"] = each[0]
        del schema["prefixItems"]


def _part_arrays(schema: dict[str, Any]) -> None:
    """One value or an array of them is told apart by ``if``.

    Of an array in a union some generators make classes that no compiler takes (``getList<Double>()``).
    """
    kinds = schema.get("anyOf", ())
    arrays = [kind for kind in kinds if kind.get("type") == "array"]
    others = [kind for kind in kinds if kind not in arrays]
    if arrays and any(kind.get("type") != "null" for kind in others):
        del schema["anyOf"]
        either = others[0] if len(others) == 1 else {"anyOf": others}
        schema |= {"if": {"type": "array", "items": {}}, "then": arrays[0], "else": either}


def _say_default(schema: dict[str, Any]) -> None:
    value = schema.pop("default", None)
    if value in (None, [], {}) or "const" in schema:
        return
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict):
        shown = ", ".join(f"{key} {inner}" for key, inner in value.items() if inner is not None)
    schema["description"] = " ".join(filter(None, (schema.get("description"), f"Left out: {shown}.")))
