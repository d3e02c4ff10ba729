"""What crawlers, tabs and home screens ask for by name: robots.txt, the manifest, and every icon that a page names."""

import io
import re
import shutil
from pathlib import Path
from urllib.robotparser import RobotFileParser

import pytest
from loopback import http_client
from PIL import Image

WEB = Path(__file__).parents[3] / "web"
PAGE = (WEB / "index.html").read_text()


@pytest.fixture
async def http(site, tmp_path):
    """Of a gateway with the app's own files, which the build takes as they are."""
    folder = shutil.copytree(WEB / "public", tmp_path / "web")
    for name in ("index.html", "studio.html", "admin.html"):
        (folder / name).write_text(PAGE)
    async with site.gateway(web=True, web_dir=folder) as url, http_client(url) as http:
        yield http


async def test_crawlers_may_read_the_shop_and_not_the_operators_pages(http):
    told = await http.get("/robots.txt")
    assert told.status_code == 200 and told.headers["content-type"].startswith("text/plain")
    robots = RobotFileParser()
    robots.parse(told.text.splitlines())
    allowed = {path: robots.can_fetch("Googlebot", path) for path in ("/", "/studio", "/admin", "/admin/x")}
    assert allowed == {"/": True, "/studio": True, "/admin": False, "/admin/x": False}


async def test_the_manifest_names_icons_that_are_there_in_the_sizes_that_it_says(http):
    answer = await http.get("/manifest.json")
    assert answer.headers["content-type"].startswith("application/json")
    manifest = answer.json()
    assert {"name", "short_name", "icons", "start_url", "display"} <= manifest.keys()
    assert (await http.get(manifest["start_url"])).headers["content-type"].startswith("text/html")
    sizes = set()
    for icon in manifest["icons"]:
        found = await http.get(icon["src"])
        assert (found.status_code, found.headers["content-type"]) == (200, icon["type"]), icon
        if icon["type"] == "image/png":
            width, height = Image.open(io.BytesIO(found.content)).size
            assert icon["sizes"] == f"{width}x{height}", icon
        sizes.add((icon["sizes"], icon.get("purpose", "any")))
    # Without the first two no browser offers to install it; Android cuts a circle or a drop out of the third.
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= sizes


async def test_what_a_page_names_for_tabs_home_screens_and_previews_is_there(http):
    links = dict(re.findall(r'<link rel="([^"]+)" href="(/[^"]+)"', (await http.get("/")).text))
    (preview,) = re.findall(r'<meta property="og:image" content="(/[^"]+)"', PAGE)
    assert links.keys() == {"icon", "apple-touch-icon", "manifest"}
    kinds = {"icon": "image/svg+xml", "apple-touch-icon": "image/png", "manifest": "application/json"}
    for rel, href in links.items():
        found = await http.get(href)
        assert (found.status_code, found.headers["content-type"]) == (200, kinds[rel]), href
    touch = Image.open(io.BytesIO((await http.get(links["apple-touch-icon"])).content))
    assert touch.size == (180, 180) and touch.mode == "RGB", "iOS paints black where an icon is clear"
    assert Image.open(io.BytesIO((await http.get(preview)).content)).width >= 600, (
        "smaller ones are shown small"
    )
