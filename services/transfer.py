"""Whole objects to and from S3, one signed request each.

The S3 client validates, looks up endpoint rules, calls hooks and parses around each request, which costs a worker three
times what the request does. It does everything else in storage.py; here is its signature alone.
"""

import asyncio
import io
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from aiobotocore.session import AioSession
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import get_cert_path
from botocore.parsers import create_parser
from yarl import URL

from proteus_client.proxies import authorities, proxy_of
from services.settings import StorageSettings

_VALID_SECONDS = 300  # of a signature
#: Of the S3 client, too.
CONNECT_SECONDS, READ_SECONDS = 3, 20
_TIMEOUT = aiohttp.ClientTimeout(
    total=None, connect=READ_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
)
_CONNECTIONS = 50
_PAUSE_SECONDS = (0.1, 0.3)  # before the second try


@dataclass(frozen=True)
class Transfer:
    """``put`` and ``get``. Both raise botocore's ClientError for an answer that is an error, aiohttp's for none."""

    _http: aiohttp.ClientSession
    _signer: Any
    _bucket: str  # its URL

    async def put(self, key: str, body: bytes, content_type: str) -> None:
        """Write an object whole, replacing what was there."""
        async with self._send("PUT", key, {"Content-Type": content_type}, body):
            return

    @asynccontextmanager
    async def get(self, key: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer's head; its body is not read yet."""
        # As it was stored: a body that says it is compressed may be a bomb.
        async with self._send("GET", key, {"Accept-Encoding": "identity"}) as answer:
            yield answer

    @asynccontextmanager
    async def _send(
        self, method: str, key: str, headers: dict[str, str], body: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        signed = AWSRequest(method, f"{self._bucket}/{quote(key)}")
        self._signer.add_auth(signed)
        async with await self._ask(method, URL(signed.url, encoded=True), headers, body) as answer:
            if answer.status >= 300:
                told = {"status_code": answer.status, "headers": answer.headers, "body": await answer.read()}
                raise ClientError(create_parser("rest-xml").parse(told, None), method)
            yield answer

    async def _ask(
        self, method: str, url: URL, headers: dict[str, str], body: bytes | None
    ) -> aiohttp.ClientResponse:
        """The answer; a second one when the first is that the store is too busy, or there is none."""

        async def once() -> aiohttp.ClientResponse:
            data = None if body is None else io.BytesIO(body)
            return await self._http.request(method, url, headers=headers, data=data, allow_redirects=False)

        try:
            answer = await once()
            if answer.status < 500:
                return answer
            answer.release()
        except aiohttp.ClientConnectionError:
            pass
        await asyncio.sleep(random.uniform(*_PAUSE_SECONDS))  # noqa: S311  no secret
        return await once()


def trusted(session: AioSession) -> str | None:
    """A file of authorities: the one that AWS's variables name, else the one for every client."""
    return session.get_config_variable("ca_bundle") or authorities()


@asynccontextmanager
async def open_transfer(session: AioSession, settings: StorageSettings) -> AsyncIterator[Transfer]:
    """Open for as long as the context is. Certificates and proxies are those of the S3 client."""
    endpoint = settings.s3_endpoint_url
    credentials = Credentials(settings.aws_access_key_id, settings.aws_secret_access_key.get_secret_value())
    scheme = URL(endpoint).scheme
    bundle = trusted(session) or get_cert_path(True)
    trust = ssl.create_default_context(cafile=bundle) if scheme == "https" else True
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=trust)
    proxy = proxy_of(endpoint)
    async with aiohttp.ClientSession(
        connector=connector, timeout=_TIMEOUT, auto_decompress=False, proxy=proxy
    ) as http:
        signer = S3SigV4QueryAuth(credentials, "s3", settings.s3_region, _VALID_SECONDS)
        yield Transfer(http, signer, settings.bucket_url(endpoint))
