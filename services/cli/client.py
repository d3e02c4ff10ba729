"""Whom the command line signs in as."""

import contextlib
import json
import os
import secrets
from pathlib import Path

import httpx
import platformdirs

from proteus_client import AsyncProteus, ProteusError

_TIMEOUT = 30.0


def credentials_path() -> Path:
    """Where this machine's account is kept."""
    return platformdirs.user_config_path("proteus") / "credentials.json"


async def sign_in(url: str) -> AsyncProteus:
    """With PROTEUS_EMAIL and PROTEUS_PASSWORD, else with an account of this machine's own, made at first use.

    Raises ProteusError and httpx's errors. Whoever calls closes it.
    """
    email, password = os.environ.get("PROTEUS_EMAIL"), os.environ.get("PROTEUS_PASSWORD")
    if email and password:
        return await _as({"email": email, "password": password}, url)
    path = credentials_path()
    kept: dict[str, dict[str, str]] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text())
    site = str(httpx.URL(url))
    if site in kept:
        with contextlib.suppress(ProteusError):  # the system may have been set up anew since
            return await _as(kept[site], url)
    account = {"email": f"cli-{secrets.token_hex(8)}@localhost", "password": secrets.token_hex(16)}
    client = await _as(account, url, new=True)
    with contextlib.suppress(OSError):  # nowhere to keep it, as in a container: the next one makes another
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({**kept, site: account}, file)
    return client


async def _as(account: dict[str, str], url: str, *, new: bool = False) -> AsyncProteus:
    client = AsyncProteus(
        url, email=account["email"], password=account["password"], timeout=_TIMEOUT, trust_env=False
    )
    try:
        await (client.sign_up() if new else client.sign_in())
    except BaseException:
        await client.close()
        raise
    return client
