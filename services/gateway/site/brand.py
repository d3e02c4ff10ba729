"""The site's name, logo and colours, in pages that were built without them."""

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from services.gateway.settings import GatewaySettings

LOGO = "/site/logo"
#: As the build writes it; in the name of a file it stays.
_BUILT_NAME = re.compile(r"(?<![/\w-])Proteus(?![\w-])")
_ICON = re.compile(r'<link rel="icon"[^>]*>')
#: As the page's header shows it.
_SHOWN_ICON = '<img src="/icon.svg"'
_IMAGE = re.compile(r'(<meta property="og:image" content=")(/[^"]*)')


@dataclass(frozen=True)
class Brand:
    """``colour`` is that of buttons and links on light ground, ``colour_dark`` on dark ground: #rrggbb, or None."""

    name: str
    logo: Path | None
    colour: str | None
    colour_dark: str | None
    public_url: str | None

    def told(self) -> dict[str, object]:
        """For the web app."""
        return {
            "name": self.name,
            "logo": LOGO if self.logo else None,
            "colour": self.colour,
            "colour_dark": self.colour_dark,
            "style": self.style(),
        }

    def style(self) -> str:
        """The app's own names for its two colours, given anew, as CSS; empty when none is."""
        rules = [
            rule.replace("{}", f"{{--accent:{colour};--on-accent:{_readable_on(colour)}}}")
            for ground, colour in (("light", self.colour), ("dark", self.colour_dark))
            if colour
            for rule in (
                f':root[data-theme="{ground}"]{{}}',
                f"@media(prefers-color-scheme:{ground}){{:root:not([data-theme]){{}}}}",
            )
        ]
        return "".join(rules)

    def element(self) -> str:
        """The same as an element of a page."""
        return f'<style id="brand">{style}</style>' if (style := self.style()) else ""

    def text(self, file: str, text: str) -> str:
        """A text file of the build: a page, or the manifest."""
        if file.endswith(".html"):
            return self._page(text)
        return _BUILT_NAME.sub(lambda _: json.dumps(self.name)[1:-1], text)

    def _page(self, html: str) -> str:
        """With the name, colours and logo, and the preview's picture by its whole address."""
        html = _BUILT_NAME.sub(lambda _: escape(self.name), html)
        if self.logo:
            html = _ICON.sub(f'<link rel="icon" href="{LOGO}" />', html)
            html = html.replace(_SHOWN_ICON, f'<img src="{LOGO}"')
        if self.public_url:
            site = escape(self.public_url)
            html = _IMAGE.sub(lambda found: f"{found[1]}{site}{found[2]}", html)
        return html.replace("</head>", f"{self.element()}</head>", 1)


def brand_of(settings: GatewaySettings) -> Brand:
    """As the operator set it."""
    return Brand(
        settings.brand_name,
        settings.brand_logo,
        settings.brand_colour,
        settings.brand_colour_dark,
        settings.public_url,
    )


def _readable_on(colour: str) -> str:
    """Black or white, whichever has more contrast (WCAG 2.2, relative luminance)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#ffffff"
