"""FastAPI's OpenAPI document, and what it leaves unsaid."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from schemas.documents.examples import example_of
from schemas.documents.json_schema import finish, finish_one
from schemas.events import JobEvent
from schemas.objects import EXTENSIONS
from services.gateway.errors import Problem, responses
from services.gateway.middleware import REQUEST_ID
from services.gateway.openapi.texts import DESCRIPTION, OPEN, SECURITY_SCHEMES, TAGS

_PROBLEM = "application/problem+json"
_COUNTED = ("RateLimit", "RateLimit-Policy")
_HEADERS = {
    "RateLimit": {
        "description": "How many requests are left, and in how many seconds all are again.",
        "schema": {"type": "string", "examples": ['"requests";r=29999;t=1']},
    },
    "RateLimit-Policy": {
        "description": "How many requests one user may send, and in how many seconds.",
        "schema": {"type": "string", "examples": ['"requests";q=30000;w=60']},
    },
    "X-Request-Id": {
        "description": "Stands in our log, too, if the request changed something or failed.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "format": "int32"}},
}


def describe(app: FastAPI) -> dict[str, Any]:
    """The app's document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=DESCRIPTION,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            servers=[{"url": "/", "description": "Where this document is served."}],
            tags=[{"name": name, "description": told} for name, told in TAGS.items()],
            routes=app.routes,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        # Bodies that no route names: errors, and what sockets receive.
        for model in (Problem, JobEvent):
            schema = model.model_json_schema(
                ref_template="#/components/schemas/{model}", mode="serialization"
            )
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        _require_what_is_always_sent(document, schemas)
        finish(schemas)
        document["components"]["headers"] = _HEADERS
        document["components"]["securitySchemes"] = SECURITY_SCHEMES
        document["security"] = [{name: []} for name in SECURITY_SCHEMES]
        for path in OPEN:
            document["paths"][path]["post"]["security"] = []
        for operation in _operations(document):
            _finish_operation(operation, schemas)
        for path, operations in document["paths"].items():
            if not path.startswith("/user"):  # every other route counts
                for response in (each for told in operations.values() for each in told["responses"].values()):
                    response["headers"] |= {
                        name: {"$ref": f"#/components/headers/{name}"} for name in _COUNTED
                    }
        app.openapi_schema = document
    return app.openapi_schema


def _require_what_is_always_sent(document: Mapping[str, Any], schemas: dict[str, Any]) -> None:
    """An answer has all its properties, those with a default too; but for models that requests have as well."""
    asked: set[str] = set()
    for operation in _operations(document):
        _collect(operation.get("requestBody"), schemas, asked)
    for name in schemas.keys() - asked - {Problem.__name__}:
        schema = schemas[name]
        if "properties" in schema:
            schema["required"] = list(schema["properties"])


def _collect(part: Any, schemas: Mapping[str, Any], found: set[str]) -> None:
    """The names of all schemas that a part of the document refers to, through others too."""
    if isinstance(part, dict):
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in found:
            found.add(name)
            _collect(schemas[name], schemas, found)
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _collect(inner, schemas, found)


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _finish_operation(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    name = operation["operationId"]
    operation["summary"] = _summary(operation)
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)
        parameter.setdefault("description", _PARAMETERS.get(parameter["name"], ""))
        default = parameter["schema"].pop("default", None)
        finish_one(parameter["schema"], f"{name}_{parameter['name']}")
        if default is not None:
            parameter["schema"]["default"] = default  # it makes nothing required here
    if "requestBody" in operation:
        for status, told in responses(408, 413).items():
            operation["responses"].setdefault(str(status), told)
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        finish_one(content["schema"], f"{name}_body")
        if kind == "multipart/form-data":
            form = schemas[content["schema"]["$ref"].rpartition("/")[2]]
            told = {key: form["properties"]["file"][key] for key in ("description", "title")}
            form["properties"]["file"] = {"type": "string", "format": "binary", **told}
            content["encoding"] = {"file": {"contentType": ", ".join(EXTENSIONS)}}
        else:
            content["example"] = example_of(content["schema"], schemas, whole=False)
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})[REQUEST_ID] = {"$ref": "#/components/headers/X-Request-Id"}
        if status in ("429", "503"):
            response["headers"]["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
        for kind, content in response.get("content", {}).items():
            finish_one(content.setdefault("schema", {}), f"{name}_{status}")
            if kind != _PROBLEM:
                content["example"] = example_of(content["schema"], schemas, whole=True)


def _summary(operation: Mapping[str, Any]) -> str:
    """The first sentence of what it says, since a function's name says less."""
    told: str = operation.get("description", "").split(". ")[0].split(": ")[0].rstrip(".")
    return operation["summary"] if operation["summary"].startswith("Queue") else told


_PARAMETERS = {
    "limit": "How many at most.",
    "job_id": "Of the answer to the job's POST.",
    "vton_id": "Of the try-on.",
    "garment_id": "Of the garment.",
    "outfit_id": "Of the outfit.",
    "number": "Of the dead letter.",
    "key": "Of a policy: one of those that GET /operations lists.",
}
