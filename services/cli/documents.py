"""Prints the API documents."""

import json

import typer


def openapi() -> None:
    """Print the OpenAPI document of the gateway."""
    from services.gateway.openapi.application import openapi_document

    typer.echo(json.dumps(openapi_document(), indent=1, ensure_ascii=False))


def asyncapi() -> None:
    """Print the AsyncAPI document of all services."""
    from services.asyncapi.document import asyncapi_document

    typer.echo(json.dumps(asyncapi_document(), indent=1, ensure_ascii=False, sort_keys=True))
