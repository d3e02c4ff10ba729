"""Whom the command line signs in as."""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import platformdirs

from proteus_client import AsyncProteus, ProteusError

_TIMEOUT = 30.0


def credentials_path() -> Path:
    """Where this machine's account is kept."""
    return platformdirs.user_config_path("proteus") / "credentials.json"


@contextlib.asynccontextmanager
async def signed_in(url: str) -> AsyncIterator[AsyncProteus]:
    """With PROTEUS_EMAIL and PROTEUS_PASSWORD, else with an account of this machine's own, made at first use.

    One that was made for a run that fails is deleted, and not kept. Raises ProteusError and httpx's errors.
    """
    email, password = os.environ.get("PROTEUS_EMAIL"), os.environ.get("PROTEUS_PASSWORD")
    if email and password:
        async with await _as({"email": email, "password": password}, url) as client:
            yield client
        return
    path, site = credentials_path(), str(httpx.URL(url))
    kept: dict[str, dict[str, str]] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text())
    known: AsyncProteus | None = None
    if site in kept:
        with contextlib.suppress(ProteusError):  # the system may have been set up anew since
            known = await _as(kept[site], url)
    if known is not None:
        async with known:
            yield known
        return
    account = {"email": f"cli-{secrets.token_hex(8)}@localhost", "password": secrets.token_hex(16)}
    async with await _as(account, url, new=True) as client:
        try:
            yield client
        except BaseException:
            with contextlib.suppress(ProteusError, httpx.HTTPError, TimeoutError):
                told = {"password": account["password"]}
                await asyncio.wait_for(client.request("DELETE", "/user", json=told), 5)
            raise
    _keep(path, {**kept, site: account})


def _keep(path: Path, accounts: dict[str, dict[str, str]]) -> None:
    with contextlib.suppress(OSError):  # nowhere to keep it, as in a container: the next one makes another
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(accounts, file)


async def _as(account: dict[str, str], url: str, *, new: bool = False) -> AsyncProteus:
    client = AsyncProteus(url, email=account["email"], password=account["password"], timeout=_TIMEOUT)
    try:
        await (client.sign_up() if new else client.sign_in())
    except BaseException:
        await client.close()
        raise
    return client
