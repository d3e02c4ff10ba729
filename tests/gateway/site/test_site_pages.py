"""What the operator says of the site: name, logo and colours in the build's pages, privacy, terms, letters' pages."""

import gzip
import re

import pytest
from loopback import http_client

from services.gateway.settings import GatewaySettings
from services.settings import SettingsError, load

BUILT = """<!doctype html><html lang="en"><head><meta property="og:title" content="Proteus: try it on" />
<meta property="og:image" content="/example.jpg" /><link rel="icon" href="/icon.svg" type="image/svg+xml" />
<title>Proteus: try it on</title><script type="module" src="/assets/Proteus-x.js"></script></head>
<body><img src="/icon.svg" alt=""/>Proteus</body></html>"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "web"
    folder.mkdir()
    for name in ("index.html", "studio.html"):
        (folder / name).write_text(BUILT)
        (folder / f"{name}.gz").write_bytes(gzip.compress(BUILT.encode()))
    (folder / "manifest.json").write_text('{"name": "Proteus"}')
    return folder


async def test_a_brand_is_in_every_page_and_its_preview(site, built, tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text(LOGO)
    brand = {
        "brand_name": "Ann & Co", "brand_logo": logo, "brand_colour": "#112233", "brand_colour_dark": "#ffee00",
        "public_url": "https://try.example.com",
    }  # fmt: skip
    async with site.gateway(web=True, web_dir=built, **brand) as url, http_client(url) as http:
        page = await http.get("/studio", headers={"Accept": "text/html"})
        assert page.headers["content-encoding"] == "gzip" and page.headers["content-type"].startswith(
            "text/html"
        )
        assert "<title>Ann &amp; Co: try it on</title>" in page.text
        assert 'content="https://try.example.com/example.jpg"' in page.text
        assert '<link rel="icon" href="/site/logo" />' in page.text and "/assets/Proteus-x.js" in page.text
        for ground, colours in (
            ("light", "{--accent:#112233;--on-accent:#ffffff}"),
            ("dark", "{--accent:#ffee00;--on-accent:#000000}"),
        ):
            assert f':root[data-theme="{ground}"]{colours}' in page.text
            assert f"@media(prefers-color-scheme:{ground}){{:root:not([data-theme]){colours}}}" in page.text
        again = await http.get("/studio", headers={"If-None-Match": page.headers["etag"]})
        assert '<img src="/site/logo" alt=""/>Ann &amp; Co</body>' in page.text
        assert again.status_code == 304 and again.content == b""
        plain = await http.get("/", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers and plain.text == page.text
        assert (await http.get("/manifest.json")).json() == {"name": "Ann & Co"}
        assert (await http.get("/nowhere", headers={"Accept": "text/html"})).status_code == 404
        shown = await http.get("/site/logo")
        assert (shown.headers["content-type"], shown.text) == ("image/svg+xml", LOGO)
        told = (await http.get("/config.json")).json()["brand"]
        assert f'<style id="brand">{told.pop("style")}</style>' in page.text
        assert told == {
            "name": "Ann & Co", "logo": "/site/logo", "colour": "#112233", "colour_dark": "#ffee00",
        }  # fmt: skip


async def test_without_a_brand_the_build_goes_out_as_it_is(site, built):
    async with site.gateway(web=True, web_dir=built) as url, http_client(url) as http:
        page = await http.get("/studio")
        assert page.text == BUILT
        assert (await http.get("/site/logo")).status_code == 404
        for name, text in (("privacy", "until you delete them"), ("terms", "has not written terms")):
            told = await http.get(f"/site/{name}")
            assert told.status_code == 200 and text in told.text and "Proteus" in told.text
        assert (await http.get("/site/nothing")).status_code == 404
        assert "link" not in page.headers, "the studio's pictures are its own"


async def test_the_way_to_the_store_is_opened_where_its_pictures_come_first(site, built):
    (built / "history.html").write_text(BUILT)
    async with site.gateway(web=True, web_dir=built) as url, http_client(url) as http:
        page = await http.get("/history")
        (store,) = re.findall(r"^<(\S+)>; rel=preconnect; crossorigin$", page.headers["link"])
        assert f"img-src 'self' blob: data: {store};" in page.headers["content-security-policy"]


async def test_privacy_and_terms_are_the_operators(site, tmp_path):
    privacy = tmp_path / "privacy.md"
    privacy.write_text("# Data\n\nAsk *Ann*. <script>alert(1)</script> [x](javascript:alert(1))\n")
    async with (
        site.gateway(privacy_page=privacy, retention_days=30) as url,
        http_client(url) as http,
    ):
        page = (await http.get("/site/privacy")).text
        assert "<h1>Data</h1>" in page and "<em>Ann</em>" in page
        assert "<script" not in page and 'href="javascript' not in page


async def test_pages_of_letters_ask_before_anything_happens(url):
    """What reads mail and follows its links changes nothing: the token is sent by a press of a button."""
    async with http_client(url) as http:
        for name, to in (
            ("forgot", "/user/password/forgot"), ("password", "/user/password/reset"), ("email", "/user/email/confirm"),
        ):  # fmt: skip
            page = await http.get(f"/site/{name}")
            assert (
                f'data-to="{to}"' in page.text
                and "script-src 'self'" in page.headers["content-security-policy"]
            )
            (script,) = re.findall(r'<script src="([^"]+)"', page.text)
            assert (await http.get(script)).headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"brand_logo": "/no/such/file"}, "PROTEUS_BRAND_LOGO"),
        ({"privacy_page": "/no/such/file"}, "PROTEUS_PRIVACY_PAGE"),
        ({"brand_colour": "red"}, "PROTEUS_BRAND_COLOUR"),
        ({"public_url": "try.example.com"}, "PROTEUS_PUBLIC_URL"),
        ({"smtp_url": "mail.example.com:25"}, "PROTEUS_SMTP_URL"),
        ({"smtp_url": "smtp://mail.example.com"}, "PROTEUS_MAIL_FROM"),
        ({"smtp_url": "smtp://mail.example.com", "mail_from": "a@b.c"}, "PROTEUS_PUBLIC_URL"),
    ],
)
def test_a_setting_that_cannot_be_is_named(given, named):
    with pytest.raises(SettingsError, match=named):
        load(GatewaySettings, jwt_secret="x" * 32, **given)
