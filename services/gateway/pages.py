"""Pages: the web app or how to get it, the API's documents, probes."""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from schemas.errors import PAGE, explanations
from services.gateway.accounts import refresh_tokens
from services.gateway.accounts.sessions import COOKIE
from services.gateway.parts import parts_of
from services.gateway.readiness import OK
from services.gateway.settings import GatewaySettings
from services.gateway.site.brand import brand_of
from services.gateway.web_files import WebFiles

router = APIRouter(include_in_schema=False)

_STYLE = (
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:3rem auto;padding:0 1rem;"
    "color-scheme:light dark}code,pre{background:#8882;padding:.1em .3em;border-radius:4px}"
    "pre{padding:1em;overflow:auto}td,th{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}</style>"
)
_NOT_BUILT = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Proteus</title>{_STYLE}
<h1>Proteus</h1><p>The virtual try-on is running; its web app is not built here.</p>
<p>Try it from a terminal: <code>proteus tryon samples/person.jpg samples/shirt.jpg -o out.jpg</code></p>
<p>To get the web app, install Node 20 or newer and run <code>make up</code> again.</p>
<ul><li><a href="/docs">HTTP API</a></li><li><a href="/asyncapi">Messages (AsyncAPI)</a></li>
<li><a href="/readyz">Is everything ready?</a></li></ul></html>"""


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/health")  # the older system's name
@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """That requests are answered; which part is away, if one is, and who works with which engine."""
    state = parts_of(request)
    parts = await state.readiness.look()
    workers = await state.workers.alive()
    body = {
        "status": "ready" if set(parts.values()) == {OK} else "degraded",
        "parts": parts,
        "workers": [worker.model_dump(mode="json") for worker in workers],
    }
    return JSONResponse(body)


@router.get("/config.json")
async def site_config(request: Request) -> Response:
    """What the web app has to know of this site, and whether asking who is signed in is worth a request."""
    settings = parts_of(request).settings
    told = {
        "guests": settings.guests,
        "fetch_pictures": settings.fetch_pictures,
        "mail": settings.smtp_url is not None,
        "brand": brand_of(settings).told(),
        "cookies": COOKIE in request.cookies or refresh_tokens.COOKIE in request.cookies,
    }
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/asyncapi.json")
async def asyncapi_json(request: Request) -> Response:
    """Every message, as AsyncAPI 3."""
    return JSONResponse(parts_of(request).asyncapi)


@router.get("/asyncapi")
async def asyncapi_page(request: Request) -> Response:
    """The same for reading; rendered here, since the usual viewers load their code from elsewhere."""
    return HTMLResponse(render_asyncapi(parts_of(request).asyncapi))


@router.get(PAGE)
async def errors_page() -> HTMLResponse:
    """Every code of an error; a problem's ``type`` links to its line."""
    return HTMLResponse(render_errors())


def render_errors() -> str:
    """A plain page with an anchor for each code."""
    rows = "".join(
        f"<tr id='{code}'><td><code>{code}</code></td><td>{escape(statuses)}</td><td>{escape(why)}</td>"
        f"<td>{escape(cure)}</td></tr>"
        for code, statuses, why, cure in explanations()
    )
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Errors</title>{_STYLE}<h1>Errors</h1>"
        "<table><tr><th>Code</th><th>Status</th><th>Cause</th><th>Cure</th></tr>"
        f"{rows}</table></html>"
    )


def render_asyncapi(document: Mapping[str, Any]) -> str:
    """A plain page of channels and schemas."""
    rows = "".join(
        f"<tr><td><code>{escape(str(channel.get('address')))}</code></td>"
        f"<td>{escape(str(channel.get('description', '')))}</td>"
        f"<td>{escape(', '.join(channel.get('messages', {})))}</td></tr>"
        for channel in document.get("channels", {}).values()
    )
    schemas = "".join(
        f"<h3 id='{escape(name)}'>{escape(name)}</h3><pre>{escape(json.dumps(schema, indent=2))}</pre>"
        for name, schema in document.get("components", {}).get("schemas", {}).items()
    )
    title = escape(document.get("info", {}).get("title", "Proteus"))
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{title}</title>{_STYLE}<h1>{title}</h1>"
        f"<p>AsyncAPI {escape(document.get('asyncapi', ''))}: <a href='/asyncapi.json'>/asyncapi.json</a></p>"
        f"<h2>Channels</h2><table><tr><th>Subject or path</th><th></th><th>Messages</th></tr>{rows}</table>"
        f"<h2>Schemas</h2>{schemas}</html>"
    )


def serve_web(app: FastAPI, settings: GatewaySettings) -> None:
    """The built web app at ``/``, or a page that says how to get it."""
    beside = Path(__file__).parent
    places = [settings.web_dir] if settings.web_dir else [beside / "web", beside.parents[1] / "web/dist"]
    built = next((place for place in places if (place / "index.html").is_file()), None)
    if settings.web and built is not None:
        app.router.default = WebFiles(built, brand_of(settings).text)  # after every route of the API
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> HTMLResponse:
        return HTMLResponse(_NOT_BUILT)
