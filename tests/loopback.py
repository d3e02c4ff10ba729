"""HTTP to servers on this machine."""

import ssl
from typing import Any

import httpx

#: Without the certificates of the world: reading them takes as long as a request, for each client anew.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(url: str = "", **more: Any) -> httpx.AsyncClient:
    """A client of ``url`` that goes through no proxy and waits for a slow machine."""
    return httpx.AsyncClient(
        base_url=url, **{"trust_env": False, "verify": _NO_CERTIFICATES, "timeout": 60, **more}
    )
