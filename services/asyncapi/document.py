"""The document itself, from its channels."""

from importlib.metadata import version
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.documents.examples import example_of
from schemas.documents.json_schema import finish
from services.asyncapi import nats, sockets
from services.asyncapi.parts import SCHEMAS

_PARAMETERS = {
    "user_id": "Whose jobs they are; a UUID.",
    "job_id": "Which job; `job_` and a UUID.",
    "stream": "The stream that the message was in.",
    "consumer": "The durable consumer that gave it up.",
}


def asyncapi_document() -> dict[str, Any]:
    """AsyncAPI 3, as JSON-able values."""
    channels = [sockets.channel(), *nats.channels()]
    messages = {each.name: each for channel in channels for each in channel.messages}
    models = {each.payload for each in messages.values()}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schema = models_json_schema(
        [(model, "validation") for model in ordered], ref_template=f"{SCHEMAS}{{model}}"
    )
    schemas: dict[str, dict[str, Any]] = schema["$defs"]
    finish(schemas)
    parameters = {name: {"description": told} for name, told in _PARAMETERS.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Proteus",
            "version": version("proteus"),
            "description": "Virtual try-on. A user's socket tells how their jobs go; on NATS JetStream requests go "
            "in, results come out, and events go to the sockets. Everything is UTF-8 JSON, delivered at least once; "
            "a job's visible outcome is exactly once. Fields are added, never taken away: leave alone what you do not "
            "know.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
            "tags": [{"name": "try-on", "description": "Jobs of virtual try-on."}],
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {channel.name: channel.component(parameters) for channel in channels},
        "operations": {name: told for channel in channels for name, told in channel.operations().items()},
        "components": {
            "messages": {
                name: each.component(example_of(schemas[each.payload.__name__], schemas, whole=False))
                for name, each in sorted(messages.items())
            },
            "schemas": schemas,
            "securitySchemes": {
                "socketToken": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "token",
                    "description": "Of GET /user/ws-token: good once, for a minute.",
                },
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "`access_token` of POST /user/token.",
                },
                "login": {
                    "type": "userPassword",
                    "description": "A user of nats-server. `x-nats-logins` of a channel names those who may publish "
                    "and subscribe there; `observer` is for integrators, and may only listen.",
                },
            },
        },
    }


def _servers() -> dict[str, Any]:
    schemes = {
        name: {"$ref": f"#/components/securitySchemes/{name}"} for name in ("socketToken", "bearer", "login")
    }
    return {
        sockets.SERVER: {
            "host": "localhost:8000",
            "protocol": "ws",
            "description": "The gateway of `proteus up`; wss behind a proxy with TLS.",
            "security": [schemes["socketToken"], schemes["bearer"]],
        },
        nats.SERVER: {
            "host": "localhost:4222",
            "protocol": "nats",
            "description": "nats-server with JetStream, inside the cluster or on the machine.",
            "security": [schemes["login"]],
        },
    }
