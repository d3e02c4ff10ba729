"""A picture by its address, fetched for somebody whose browser may not: from public servers alone, and bounded."""

import asyncio
import socket
import ssl
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from schemas.pictures import sniff
from services.gateway.errors import ApiError, unavailable
from services.gateway.objects.public_addresses import Reachable, Resolve, is_public, resolve
from services.held import check_none_held

_AT_ONCE = 4
_REDIRECTS = 5
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_PIECE = 64 * 1024
_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "proteus"}
_LONGEST_HEAD = 16 * 1024


@dataclass(frozen=True)
class Fetcher:
    """``reachable`` says which addresses are public, ``resolve`` where a host is; ``at_once`` bounds what is held."""

    reachable: Reachable = is_public
    resolve: Resolve = resolve
    seconds: float = 20.0
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def fetch(self, url: str, max_bytes: int) -> tuple[bytes, str]:
        """The picture's bytes and its kind, as ``sniff`` tells it.

        A host is looked up once, and the connection goes to the addresses that were found: all of them have to be
        reachable. Redirects are judged like the first address. No proxy is asked: it would look the name up itself.
        Raises ApiError: ``address_not_public`` or ``picture_not_fetched`` (422), ``fetch_busy`` (503).
        """
        check_none_held("another server")
        try:
            async with asyncio.timeout(self.seconds):
                await self.at_once.acquire()
        except TimeoutError:
            raise unavailable("Fetching pictures", "fetch_busy") from None
        try:
            async with asyncio.timeout(self.seconds):
                return await _follow(url, max_bytes, self.reachable, self.resolve)
        except TimeoutError:
            raise _refused(f"It did not come within {self.seconds:g} seconds.") from None
        except (aiohttp.ClientError, OSError, ValueError):  # says nothing of what lies in whose network
            raise _refused("Its server did not answer as one of pictures does.") from None
        finally:
            self.at_once.release()


async def _follow(url: str, max_bytes: int, reachable: Reachable, resolve: Resolve) -> tuple[bytes, str]:
    target = _checked(URL(url))
    for _ in range(_REDIRECTS + 1):
        found = await _look_up(target, reachable, resolve)
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(resolver=_Known(found), ssl=_trust(), force_close=True)
        async with (
            aiohttp.ClientSession(
                connector=connector,
                timeout=timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=_LONGEST_HEAD,
                max_field_size=_LONGEST_HEAD,
            ) as http,
            http.get(target, headers=_HEADERS, allow_redirects=False) as answer,
        ):
            if answer.status not in _REDIRECTING:
                return await _read(answer, max_bytes)
            place = answer.headers.get("Location")
            if not place:
                raise _refused("Its server sends on to nowhere.")
            target = _checked(target.join(URL(place)))
    raise _refused(f"Its server sends on more than {_REDIRECTS} times.")


def _checked(url: URL) -> URL:
    """Without what only a browser uses. Raises ApiError for what is no address of a picture."""
    if url.scheme not in ("http", "https") or not url.host:
        raise _refused("It is no address that begins with http:// or https://.")
    if url.user or url.password:
        raise _refused("It holds a name or a password.")
    return url.with_fragment(None)


async def _look_up(url: URL, reachable: Reachable, resolve: Resolve) -> list[str]:
    """Where its host is. Raises ApiError when it is, or also is, where nobody is sent."""
    host, port = url.host or "", url.port or 0
    found = await resolve(host, port)
    if not found:
        raise OSError("no address")
    if not all(reachable(ip_address(address.partition("%")[0]), port) for address in found):
        raise ApiError(422, "address_not_public", "The address is not one of a public server of pictures.")
    return found


class _Known(AbstractResolver):
    """Addresses that were looked up before. A host that is a number is not looked up: it is what was judged."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        """Each of them, whatever the host."""
        return [
            ResolveResult(hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@cache
def _trust() -> ssl.SSLContext:
    """Those of the system, or of SSL_CERT_FILE. Read once: it takes as long as a request."""
    return ssl.create_default_context()


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> tuple[bytes, str]:
    if answer.status != 200:
        raise _refused(f"Its server answered {answer.status}.")
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise _refused("Its server sends it compressed.")  # it may be a bomb
    if (answer.content_length or 0) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    kind: str | None = None
    async for piece in answer.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        if kind is None and len(body) >= _PIECE:
            kind = _kind(body)  # before more of what is none is read
    return bytes(body), kind or _kind(body)


def _kind(body: bytearray) -> str:
    kind = sniff(bytes(body[:64]))
    if kind is None:
        raise _refused("There is no JPEG, PNG, WebP, AVIF or HEIC picture.")
    return kind


def _too_large(max_bytes: int) -> ApiError:
    return _refused(f"It has more than {max_bytes // 2**20} MB.")


def _refused(why: str) -> ApiError:
    return ApiError(422, "picture_not_fetched", f"The picture could not be fetched. {why}")
