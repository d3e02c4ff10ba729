"""What stands before the gateway sends it every route of the document, and keeps the web app's own pages."""

import re

from manifests import ROOT

from services.gateway.openapi.application import openapi_document

PATHS = sorted(re.sub(r"\{[^}]+\}", "1", path) for path in openapi_document()["paths"])
PAGES = ("/", "/admin", "/history", "/account", "/assets/x.js", "/samples/person.jpg")


def test_nginx_sends_every_route_to_the_gateway_and_no_page():
    template = (ROOT / "web/nginx.conf.template").read_text()
    (proxied,) = re.findall(r"location ~ (\S+) \{\s+proxy_pass", template)
    assert [path for path in PATHS if not re.search(proxied, path)] == []
    assert [page for page in PAGES if re.search(proxied, page)] == []


def test_nginx_tells_the_type_of_each_file_of_the_app():
    (types,) = re.findall(r"types \{(.*?)\}", (ROOT / "web/nginx.conf.template").read_text(), re.DOTALL)
    told = {ending for line in types.split(";") for ending in line.split()[1:]}
    built = {"html", "js", "css", "wasm", "woff2", "task"}
    laid = {
        file.suffix.removeprefix(".")
        for folder in ("web/public", "samples/thumbs", "samples/people")
        for file in (ROOT / folder).rglob("*")
        if file.is_file()
    }
    assert (built | laid) - told == set()


def test_the_development_server_sends_the_web_apps_routes_to_the_gateway():
    (listed,) = re.findall(r"const api = \[(.*?)\];", (ROOT / "web/vite.config.ts").read_text())
    prefixes = tuple(re.findall(r'"([^"]+)"', listed))
    assert [
        path for path in PATHS if not path.startswith((*prefixes, "/api/"))
    ] == []  # /api/ is integrators'
    assert [page for page in PAGES if page.startswith(prefixes)] == []
