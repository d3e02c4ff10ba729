"""Which way a request goes: to this machine never through a proxy, elsewhere as the environment says.

The one place that decides, for the client, for every service and for the models' hub (HTTP_PROXY, HTTPS_PROXY,
ALL_PROXY, NO_PROXY).
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

#: For httpx, whose own reading of the environment knows no loopback.
LOOPBACK: Mapping[str, None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
    "all://*.localhost": None,
}


def is_loopback(host: str) -> bool:
    """Whether a host's name or number means this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".").rpartition(".")[2] == "localhost"


def proxy_of(url: str) -> str | None:
    """The proxy that a request to ``url`` goes through; None for none."""
    parts = urlsplit(url)
    if not parts.hostname or is_loopback(parts.hostname):
        return None
    secure = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    found = getproxies()
    proxy = found.get(secure) or found.get("all")
    return None if proxy is None or proxy_bypass(parts.netloc.rpartition("@")[2]) else proxy


def authorities() -> str | None:
    """A file of certificates that the operator trusts instead of the usual ones; None for those."""
    return os.environ.get("SSL_CERT_FILE") or None
