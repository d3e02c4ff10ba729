"""Every field of every message that is stored says how much it may hold."""

import pytest

from schemas.deadletters import DeadLetter
from schemas.events import JobEvent, JobProgress
from schemas.jobs import SPECS
from schemas.jobs.base import Cancellation, JobStarted
from schemas.workers import WorkerInfo

MESSAGES = [
    JobStarted,
    JobEvent,
    JobProgress,
    Cancellation,
    DeadLetter,
    WorkerInfo,
    *(message for spec in SPECS.values() for message in (spec.request, spec.result)),
]


def unbounded(schema, defs, path):
    """Where a schema lets a sender go on for ever."""
    if "$ref" in schema:
        yield from unbounded(defs[schema["$ref"].rpartition("/")[2]], defs, path)
    for part in schema.get("anyOf", ()):
        yield from unbounded(part, defs, path)
    for name, part in schema.get("properties", {}).items():
        yield from unbounded(part, defs, f"{path}.{name}")
    if "enum" in schema or "const" in schema:
        return
    kind = schema.get("type")
    if kind == "string" and schema.get("format") != "date-time":
        pattern = schema.get("pattern", "")
        if "maxLength" not in schema and not (pattern.endswith("$") and not {"*", "+"} & set(pattern)):
            yield path
    if kind == "integer" and not {"maximum", "exclusiveMaximum"} & schema.keys():
        yield path
    if kind == "array":
        if "maxItems" not in schema:
            yield path
        for part in schema.get("prefixItems", ()):
            yield from unbounded(part, defs, path)
    if kind == "object" and "properties" not in schema and "maxProperties" not in schema:
        yield path


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_every_field_has_a_bound(message):
    schema = message.model_json_schema()
    assert list(unbounded(schema, schema.get("$defs", {}), message.__name__)) == []
