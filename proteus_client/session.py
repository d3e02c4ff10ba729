"""Requests as somebody: signs in, renews tokens, waits where it is told to."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from proteus_client.errors import ProteusError

#: How long a request is sent again after a 429 or 503, in seconds.
_PATIENCE = 30.0
_WAIT = frozenset({429, 503})


class Session:
    """``grant`` is the body of the first POST /user/token; afterwards the refresh token it brought is used."""

    def __init__(self, http: httpx.AsyncClient, grant: Mapping[str, Any]) -> None:
        self.http = http
        self._grant = grant
        self._access: str | None = None
        self._refresh: str | None = None
        self._signing_in = asyncio.Lock()
        self.user: dict[str, Any] = {}

    @property
    def refresh_token(self) -> str | None:
        """To go on with in another client."""
        return self._refresh

    async def request(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer, or None of an empty one. Raises ProteusError, and httpx's errors."""
        headers = {**more.pop("headers", {})}
        access = self._access or await self._renew(None)
        answer = await self._send(method, path, {**headers, "Authorization": f"Bearer {access}"}, more)
        if answer.status_code == 401:
            access = await self._renew(access)
            answer = await self._send(method, path, {**headers, "Authorization": f"Bearer {access}"}, more)
        return _read(answer)

    async def sign_in(self) -> None:
        """Before the first request, which does it otherwise."""
        await self._renew(self._access)

    async def sign_up(self, name: str | None) -> None:
        """Make an account of the grant's address and password."""
        body = {**self._grant, **({"name": name} if name else {})}
        _read(await self._send("POST", "/user/signup", {}, {"json": body}))
        self.http.cookies.clear()  # those are for browsers

    async def _renew(self, spent: str | None) -> str:
        """A token other than ``spent``; of many that ask at once one renews it."""
        async with self._signing_in:
            if self._access is None or self._access == spent:
                body = {"refresh_token": self._refresh} if self._refresh else dict(self._grant)
                told = _read(await self._send("POST", "/user/token", {}, {"json": body}))
                self._access, self._refresh = told["access_token"], told["refresh_token"]
                self.user = told["user"]
            return str(self._access)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> httpx.Response:
        until = time.monotonic() + _PATIENCE
        while True:
            answer = await self.http.request(method, path, headers=dict(headers), **more)
            seconds = float(answer.headers.get("retry-after", 1.0))
            if answer.status_code not in _WAIT or time.monotonic() + seconds > until:
                return answer
            await asyncio.sleep(seconds)


def _read(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    code, detail = "http_error", f"{answer.request.method} {answer.request.url} answered {answer.status_code}"
    try:
        told = answer.json()
        code, detail = str(told["code"]), str(told["detail"])
    except (ValueError, KeyError, TypeError):
        pass  # a proxy's answer
    raise ProteusError(answer.status_code, code, detail, answer.headers.get("x-request-id"))
