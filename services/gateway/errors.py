"""Errors as RFC 9457 problem documents, each with a stable code. One place renders each."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import explained_at
from services.gateway.db.engine import DATABASE_ERRORS, is_database_away
from services.starting import RETRY_AFTER
from services.storage import StoreUnavailable
from streams.publish import StreamUnavailable

log = logging.getLogger(__name__)


class Problem(BaseModel):
    """The body of every error."""

    type: str = Field(
        description="Where it is explained, relative to this server.",
        examples=[explained_at("job_not_found")],
    )
    title: str = Field(examples=["Not Found"], description="Of the status.")
    status: int = Field(ge=400, lt=600, examples=[404], description="As the answer's.")
    detail: str = Field(examples=["There is no such job."], description="What to do, for people.")
    code: str = Field(description="Stable; meant for programs.", examples=["job_not_found"])
    errors: list[dict[str, Any]] | None = Field(None, description="Of a 422: where and what.")


class ApiError(Exception):
    """An error that is the answer."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, dict(headers or {})


def not_found(what: str) -> ApiError:
    """The same for what is not there and for what is another's: nothing hints at the difference."""
    return ApiError(404, f"{what}_not_found", f"There is no such {what.replace('_', ' ')}.")


def unavailable(what: str, code: str) -> ApiError:
    """Something behind the gateway is away."""
    detail = f"{what} does not answer at the moment. Nothing was lost; try again in a few seconds."
    return ApiError(503, code, detail, {"Retry-After": str(RETRY_AFTER)})


_TITLES = {
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip


def problem(
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, Any]] | None = None,
) -> JSONResponse:
    """The response."""
    body = Problem(
        type=explained_at(code), title=_TITLES.get(status, "Error"), status=status, detail=detail, code=code
    )
    content = body.model_dump(exclude={"errors"}) | ({"errors": list(errors)} if errors else {})
    return JSONResponse(content, status, dict(headers or {}), media_type="application/problem+json")


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's OpenAPI: which errors it answers with."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": _TITLES[status], "content": content} for status in {*statuses, 422, 429, 503}
    }


async def _api_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return problem(error.status, error.code, error.detail, error.headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
    first = found[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return problem(422, "invalid_request", f"{where}: {first['msg']}", errors=jsonable_encoder(found))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # a body that is no JSON at all; as bad as one that is the wrong JSON
        return problem(422, "invalid_request", str(error.detail))
    if error.status_code == 405:
        return problem(405, "method_not_allowed", str(error.detail), {"Allow": _allowed(request)})
    codes = {
        404: "route_not_found",
        408: "body_too_slow",
        413: "body_too_large",
    }
    code = codes.get(error.status_code, "http_error")
    return problem(error.status_code, code, str(error.detail), error.headers)


def _allowed(request: Request) -> str:
    """Every method of the path: the framework names those of one of its routes."""
    path, known = request.url.path, request.app.openapi()["paths"]
    templates = (t for t in known if re.fullmatch(re.sub(r"\{[^/]+\}", "[^/]+", t), path))
    template = path if path in known else next(templates, None)
    return ", ".join(sorted(method.upper() for method in known.get(template, ())))


async def _store_away(request: Request, error: Exception) -> JSONResponse:
    log.warning("object store: %s", error)
    return await _api_error(request, unavailable("The object store", "storage_unavailable"))


async def _stream_away(request: Request, error: Exception) -> JSONResponse:
    log.warning("NATS: %s", error)
    return await _api_error(request, unavailable("The queue", "queue_unavailable"))


async def _database_away(request: Request, error: Exception) -> JSONResponse:
    if not is_database_away(error):
        return await _unexpected(request, error)
    log.warning("database: %s", error)
    return await _api_error(request, unavailable("The database", "database_unavailable"))


async def _unexpected(_request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected", exc_info=error)
    return problem(500, "internal_error", "Something went wrong here; it was logged.")


class Unexpected:
    """Answers what nobody foresaw, innermost: so that such an answer, too, has the headers that the others add.

    The framework's own place for it is around them all.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            await (await _unexpected(Request(scope), error))(scope, receive, send)


def install(app: FastAPI) -> None:
    """Render every error of ``app`` as a problem document."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(StoreUnavailable, _store_away)
    app.add_exception_handler(StreamUnavailable, _stream_away)
    for kind in DATABASE_ERRORS:
        app.add_exception_handler(kind, _database_away)
    app.add_middleware(Unexpected)
