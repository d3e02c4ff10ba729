"""One user of a running system: signs up, uploads two pictures, asks for try-ons, listens on a socket."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

FINAL = frozenset({"completed", "failed", "cancelled"})


@dataclass
class Shopper:
    """A signed-in user with one VTON whose pictures are uploaded."""

    http: httpx.AsyncClient
    user_id: str
    vton_id: str
    person_key: str
    garment_key: str

    def wanted(self, **options: Any) -> dict[str, Any]:
        """The body of a POST that asks for a try-on of its VTON."""
        body: dict[str, Any] = {
            "vton_id": self.vton_id,
            "user_snap_s3": self.person_key,
            "uncleaned_outfit_s3": self.garment_key,
        }
        return {**body, "options": options} if options else body

    async def submit(self, **options: Any) -> str:
        """POST a try-on; its job id."""
        answer = await self.http.post("/jobs/weaver", json=self.wanted(**options))
        answer.raise_for_status()
        return str(answer.json()["job_id"])

    async def listen(self, since: int | None = None) -> ClientConnection:
        """Open this user's socket."""
        token = (await self.http.get("/user/ws-token")).raise_for_status().json()["token"]
        base = str(self.http.base_url).rstrip("/").replace("http", "ws", 1)
        replay = "" if since is None else f"&since={since}"
        return await connect(f"{base}/ws?token={token}{replay}", open_timeout=60, proxy=None)


async def upload(http: httpx.AsyncClient, name: str, content_type: str, body: bytes) -> str:
    """Send a picture by presigned URL; its object key."""
    wanted = {"fileName": name, "fileType": content_type, "fileSize": len(body)}
    ticket = (await http.post("/images/presignedUploadUrl", json=wanted)).raise_for_status().json()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as s3:
        sent = await s3.request(ticket["method"], ticket["url"], headers=ticket["headers"], content=body)
        sent.raise_for_status()
    return str(ticket["key"])


@asynccontextmanager
async def sign_up(url: str, person: bytes, garment: bytes) -> AsyncIterator[Shopper]:
    """A fresh user with JPEG pictures ``person`` and ``garment`` uploaded."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http:
        account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_hex(16)}
        user = (await http.post("/user/signup", json=account)).raise_for_status().json()
        person_key = await upload(http, "person.jpg", "image/jpeg", person)
        garment_key = await upload(http, "garment.jpg", "image/jpeg", garment)
        body = {"user_snap_s3": person_key, "uncleaned_outfit_s3": garment_key}
        vton = (await http.post("/vton", json=body)).raise_for_status().json()
        yield Shopper(http, user["id"], vton["id"], person_key, garment_key)


async def events(socket: ClientConnection) -> AsyncIterator[Mapping[str, Any]]:
    """The socket's messages, decoded, until it closes."""
    async for text in socket:
        yield json.loads(text)


async def wait_final(socket: ClientConnection, job_id: str, timeout: float) -> Mapping[str, Any]:  # noqa: ASYNC109
    """The event that ended the job. Raises TimeoutError after ``timeout`` seconds."""
    async with asyncio.timeout(timeout):
        async for event in events(socket):
            if event["job_id"] == job_id and event["status"] in FINAL:
                return event
    raise ConnectionError("the socket closed before the job ended")
