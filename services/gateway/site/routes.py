"""Routes of the site's own pages."""

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException

from services.gateway.parts import parts_of
from services.gateway.settings import GatewaySettings
from services.gateway.site.brand import Brand, brand_of
from services.gateway.site.own_pages import privacy_page, terms_page

router = APIRouter(prefix="/site", include_in_schema=False)

_SCRIPT = (Path(__file__).parent / "account.js").read_text()
_STYLE = (
    "<style>body{font:17px/1.6 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;"
    "color-scheme:light dark}a{color:inherit}header img{height:2.5rem}label,input,button{display:block;"
    "font:inherit}input{width:100%;box-sizing:border-box;padding:.6rem;margin:.3rem 0 1rem}"
    "button{padding:.6rem 1.2rem;border:0;border-radius:.6rem;background:var(--accent,#b5371b);"
    "color:var(--on-accent,#fff)}</style>"
)
_NEW_PASSWORD = """<h1>Choose a new password</h1>
<form data-to="/user/password/reset" data-done="Your password is changed: sign in with it.">
<label>New password, 8 characters or more<input name="password" type="password" autocomplete="new-password"
minlength="8" maxlength="128" required></label><button>Change it</button></form>"""  # noqa: S105  a form
_FORGOTTEN = """<h1>Forgot your password?</h1>
<form data-to="/user/password/forgot" data-done="If there is an account of this address, a letter with a link is on
its way to it.">
<label>E-mail address<input name="email" type="email" autocomplete="email" maxlength="254" required></label>
<button>Send me a link</button></form>"""
_CHECKED_EMAIL = """<h1>Is this your address?</h1>
<form data-to="/user/email/confirm" data-done="Thank you: the address is yours.">
<button>Yes, it is mine</button></form>"""
_ASKS = """<p role="status"></p><noscript>This page needs JavaScript.</noscript>
<script src="/site/account.js" defer></script>"""


class Pages:
    """Made once, of settings: an operator's file that cannot be read ends the start. Raises OSError, UnicodeError."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.brand = brand_of(settings)
        pages = {
            "privacy": ("Privacy", privacy_page(settings)),
            "terms": ("Terms", terms_page(settings)),
            "forgot": ("A forgotten password", _FORGOTTEN + _ASKS),
            "password": ("A new password", _NEW_PASSWORD + _ASKS),
            "email": ("Your address", _CHECKED_EMAIL + _ASKS),
        }
        self._pages = {name: _page(self.brand, *told) for name, told in pages.items()}

    def page(self, name: str) -> str:
        """Raises KeyError."""
        return self._pages[name]


def _page(brand: Brand, title: str, body: str) -> str:
    name = escape(brand.name)
    logo = '<img src="/site/logo" alt="">' if brand.logo else ""
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' "
        f"content='width=device-width, initial-scale=1'><title>{escape(title)} · {name}</title>{_STYLE}"
        f"{brand.element()}<header><a href='/'>{logo}{name}</a></header><main>{body}</main></html>"
    )


@router.get("/logo")
async def logo(request: Request) -> Response:
    """The operator's, where there is one."""
    brand: Brand = parts_of(request).site.brand
    if brand.logo is None:
        raise HTTPException(404)
    return FileResponse(brand.logo)


@router.get("/account.js")
async def script() -> Response:
    """Of the pages that links in mail lead to."""
    return Response(_SCRIPT, media_type="text/javascript")


@router.get("/{name}")
async def page(request: Request, name: str) -> HTMLResponse:
    """Privacy, terms, a new password, an address that is checked."""
    pages = parts_of(request).site
    try:
        return HTMLResponse(pages.page(name))
    except KeyError:
        raise HTTPException(404) from None
