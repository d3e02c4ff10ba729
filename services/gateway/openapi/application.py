"""The app with the routes of all domains."""

from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi_swagger import patch_fastapi

from services.gateway import errors, pages
from services.gateway.accounts import account_links, users
from services.gateway.admin import dead_letters as letters
from services.gateway.admin import routes as operations
from services.gateway.bodies import routes as bodies
from services.gateway.erasure import routes as erasure
from services.gateway.garments import routes as garments
from services.gateway.jobs import routes as jobs
from services.gateway.objects import fetched
from services.gateway.objects import uploads as images
from services.gateway.older_names import analyses, work
from services.gateway.openapi.document import describe
from services.gateway.outfits import routes as outfits
from services.gateway.short_api import routes as short_api
from services.gateway.site import routes as site
from services.gateway.sockets import routes as sockets
from services.gateway.vtons import routes as vtons


def app_with_routes(lifespan: Any = None) -> FastAPI:
    """The app with its routes and nothing behind them: enough for the OpenAPI document."""
    app = FastAPI(
        title="Proteus",
        version=version("proteus"),
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
        account_links,
        erasure,
        bodies,
        vtons,
        garments,
        outfits,
        images,
        fetched,
        jobs,
        short_api,
        analyses,
        work,
        operations,
        letters,
        sockets,
        site,
        pages,
    ):
        app.include_router(module.router)
    patch_fastapi(app, docs_url="/docs", redirect_from_root_to_docs=False)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI document."""
    return describe(app_with_routes())
