"""E-mail addresses: one person, one account, however the address is typed."""

import unicodedata

import idna


def normalized_email(value: str) -> str:
    """Full width, case and composition made one, and the domain as it is read (IDNA).

    Whether mail arrives, only mail can tell.

    Raises ValueError for what has not one @ with something on both sides.
    """
    text = _folded(value.strip())
    local, _, domain = text.rstrip(".").partition("@")
    if not local or not domain or "@" in domain or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("is not an e-mail address")
    return f"{local}@{_readable(domain)}"


def _folded(text: str) -> str:
    """NFKC and lower case, until neither changes it."""
    while (folded := unicodedata.normalize("NFKC", text).lower()) != text:
        text = folded
    return text


def _readable(domain: str) -> str:
    """A domain in Unicode. One that IDNA does not know, such as a_b.local, is left as it is if it is ASCII."""
    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        if domain.isascii():
            return domain
        raise ValueError("is not an e-mail address") from None
