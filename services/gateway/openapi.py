"""The routes of all domains, and the document that describes them."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi_swagger import patch_fastapi

from schemas.events import JobEvent
from services.gateway import errors, pages
from services.gateway.accounts import users
from services.gateway.accounts.sessions import COOKIE
from services.gateway.admin import dead_letters as letters
from services.gateway.admin import routes as operations
from services.gateway.bodies import routes as bodies
from services.gateway.erasure import routes as erasure
from services.gateway.errors import Problem
from services.gateway.garments import routes as garments
from services.gateway.jobs import routes as jobs
from services.gateway.objects import uploads as images
from services.gateway.short_api import routes as short_api
from services.gateway.sockets import routes as sockets
from services.gateway.vtons import routes as vtons

#: How a caller says who they are; either will do.
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "For programs: `access_token` of POST /user/token, which also renews it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "For browsers: set by POST /user/login, /user/signup and /user/guest.",
    },
}
#: For whoever comes.
_OPEN = ("/user/signup", "/user/guest", "/user/login", "/user/token")


def app_with_routes(lifespan: Any = None) -> FastAPI:
    """The app with its routes and nothing behind them: enough for the OpenAPI document."""
    app = FastAPI(
        title="Proteus",
        version="0.1.0",
        summary="Self-hosted, real-time virtual try-on",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )
    errors.install(app)
    for module in (
        users,
        erasure,
        bodies,
        vtons,
        garments,
        images,
        jobs,
        short_api,
        operations,
        letters,
        sockets,
        pages,
    ):
        app.include_router(module.router)
    patch_fastapi(app, docs_url="/docs", redirect_from_root_to_docs=False)
    app.openapi = partial(_openapi, app)  # type: ignore[method-assign]
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document."""
    return _openapi(app_with_routes())


def _openapi(app: FastAPI) -> dict[str, Any]:
    """FastAPI's, with the bodies that no route names: errors, and what sockets receive."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for model in (Problem, JobEvent):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        document["components"]["securitySchemes"] = _SCHEMES
        document["security"] = [{name: []} for name in _SCHEMES]
        for path in _OPEN:
            document["paths"][path]["post"]["security"] = []
        app.openapi_schema = document
    return app.openapi_schema
