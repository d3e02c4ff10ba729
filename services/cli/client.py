"""The API as a command-line user needs it: sign-in, upload, job, events, download."""

import asyncio
import contextlib
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import platformdirs
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FINAL = frozenset({"completed", "failed", "cancelled"})
_POLL_SECONDS = 1.0
_SILENCE_SECONDS = 2.0  # without an event, the job is looked at


class ApiFailure(Exception):
    """The API answered with a problem; the message is its detail."""


async def ask(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> Any:
    """The JSON of a request's answer. Raises ApiFailure; waits out a 503 for half a minute."""
    deadline = time.monotonic() + 30
    while True:
        answer = await http.request(method, path, **more)
        if answer.status_code == 503 and time.monotonic() < deadline:
            await asyncio.sleep(min(5.0, float(answer.headers.get("retry-after", 1))))
            continue
        if answer.is_success:
            return answer.json() if answer.content else None
        try:
            detail = answer.json()["detail"]
        except (ValueError, KeyError, TypeError):
            detail = f"{method} {path} answered {answer.status_code}"
        raise ApiFailure(str(detail))


def credentials_path() -> Path:
    """Where this machine's account is kept."""
    return platformdirs.user_config_path("proteus") / "credentials.json"


async def sign_in(http: httpx.AsyncClient) -> None:
    """With PROTEUS_EMAIL and PROTEUS_PASSWORD, else with an account of this machine's own, made at first use."""
    email, password = os.environ.get("PROTEUS_EMAIL"), os.environ.get("PROTEUS_PASSWORD")
    if email and password:
        await ask(http, "POST", "/user/login", json={"email": email, "password": password})
        return
    path = credentials_path()
    kept: dict[str, dict[str, str]] = {}
    with contextlib.suppress(OSError, ValueError):
        kept = json.loads(path.read_text())
    site = str(http.base_url)
    if site in kept:
        with contextlib.suppress(ApiFailure):  # the system may have been set up anew since
            await ask(http, "POST", "/user/login", json=kept[site])
            return
    account = {"email": f"cli-{secrets.token_hex(8)}@localhost", "password": secrets.token_hex(16)}
    await ask(http, "POST", "/user/signup", json=account)
    with contextlib.suppress(OSError):  # nowhere to keep it, as in a container: the next one makes another
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({**kept, site: account}, file)


async def upload(http: httpx.AsyncClient, body: bytes, content_type: str, name: str) -> str:
    """Send a picture by presigned URL; its key."""
    wanted = {"fileName": name, "fileType": content_type, "fileSize": len(body)}
    ticket = await ask(http, "POST", "/images/presignedUploadUrl", json=wanted)
    async with httpx.AsyncClient(trust_env=False, timeout=60) as s3:
        sent = await s3.request(ticket["method"], ticket["url"], headers=ticket["headers"], content=body)
    if not sent.is_success:
        raise ApiFailure(f"the object store refused {name}: {sent.status_code}")
    return str(ticket["key"])


async def download(http: httpx.AsyncClient, key: str) -> bytes:
    """Fetch an object by presigned URL."""
    ticket = await ask(http, "POST", "/images/presignedDownloadUrl", json={"key": key})
    async with httpx.AsyncClient(trust_env=False, timeout=60) as s3:
        answer = await s3.get(ticket["url"])
    if not answer.is_success:
        raise ApiFailure(f"the result could not be downloaded: {answer.status_code}")
    return answer.content


async def follow(
    http: httpx.AsyncClient, job_id: str, report: Callable[[dict[str, Any]], None], patience: float
) -> dict[str, Any]:
    """The job once it has ended; ``report`` hears how it goes. Raises TimeoutError after ``patience`` s of silence."""
    heard = time.monotonic()
    last: tuple[Any, ...] = ()
    async with _listen(http) as events:
        while True:
            event = await events(_SILENCE_SECONDS)
            if event is not None and event.get("job_id") == job_id and event["status"] not in FINAL:
                heard = time.monotonic()
                report(event)
                continue
            if event is not None and event.get("job_id") != job_id:
                continue
            job: dict[str, Any] = await ask(http, "GET", f"/jobs/{job_id}")
            if job["status"] in FINAL:
                return job
            report(job)
            seen = (job["status"], job["queue_position"], job["progress"])
            if seen != last:
                heard, last = time.monotonic(), seen
            if time.monotonic() - heard > patience:
                raise TimeoutError(f"nothing was heard of the job for {patience:.0f} s")


@contextlib.asynccontextmanager
async def _listen(
    http: httpx.AsyncClient,
) -> AsyncIterator[Callable[[float], Any]]:
    """A function that waits for the next event up to some seconds: None when there was none, or no socket."""
    async with contextlib.AsyncExitStack() as stack:
        socket = None
        with contextlib.suppress(WebSocketException, OSError, TimeoutError, ApiFailure):
            token = (await ask(http, "GET", "/user/ws-token"))["token"]
            base = str(http.base_url).rstrip("/").replace("http", "ws", 1)
            socket = await stack.enter_async_context(connect(f"{base}/ws?token={token}", proxy=None))

        async def next_event(seconds: float) -> dict[str, Any] | None:
            nonlocal socket
            if socket is None:
                await asyncio.sleep(min(seconds, _POLL_SECONDS))
                return None
            try:
                event: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), seconds))
            except TimeoutError:
                return None
            except WebSocketException:
                socket = None  # polling from here on
                return None
            return event

        yield next_event
