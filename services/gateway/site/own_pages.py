"""Privacy and terms, in the operator's words: Markdown; where there are none, what the software itself does."""

from pathlib import Path

from markdown_it import MarkdownIt

from services.gateway.settings import GatewaySettings

_MARKDOWN = MarkdownIt("commonmark", {"html": False})

_PRIVACY = """\
# Privacy

{name} shows how a garment would look on you. This is what the site does with what you give it.

- **Photos** that you choose go to this server and to its own storage, to make your try-ons. Location and camera data
  are removed in your browser before they are sent. The camera of the mirror is looked at on your device alone, until
  you take a picture.
- **How long**: {kept} Deleting a try-on deletes its result; deleting your account deletes everything of it.
- **Measurements**, if you tell any, are used for size advice alone, and can be erased by themselves.
- **Cookies**: one that keeps you signed in, one that renews it, and one that tells a device of yours from a
  stranger's. There is no tracking, and nothing is loaded from other sites.
- **Addresses and e-mail**: your e-mail address is your sign-in. Logs name network addresses by a hash alone.

Whom to ask, and what else applies here, is for the operator of this site to say, who has not written it here yet.
"""
_TERMS = """\
# Terms

The operator of {name} has not written terms here yet.

- Use photos of yourself, or of people who agreed.
- A try-on is a made-up picture: cloth, fit and colour can differ from the real garment.
"""


def privacy_page(settings: GatewaySettings) -> str:
    """HTML."""
    days = settings.retention_days
    kept = f"photos and try-ons are removed after {days:g} days." if days else "until you delete them."
    return _rendered(settings.privacy_page, _PRIVACY.format(name=settings.brand_name, kept=kept))


def terms_page(settings: GatewaySettings) -> str:
    """HTML."""
    return _rendered(settings.terms_page, _TERMS.format(name=settings.brand_name))


def _rendered(own: Path | None, otherwise: str) -> str:
    return str(_MARKDOWN.render(own.read_text(encoding="utf-8") if own else otherwise))
