"""Who takes part in the gateway's tests: a replica, a user, and the worker's side of NATS by hand."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from loopback import http_client
from nats.js import JetStreamContext
from websockets.asyncio.client import ClientConnection, connect

from schemas.events import JobEvent
from schemas.jobs import request_adapter
from schemas.jobs.base import JobError, JobRequest, JobStarted
from schemas.jobs.tailor import TailorRequest, TailorResult
from schemas.jobs.try_on import TryOnResult
from streams import subjects

SECRET = "a-secret-of-more-than-thirty-two-characters"
PICTURE = b"bytes that nobody here looks at"


@dataclass
class Gateway:
    """A running replica."""

    url: str
    app: Any
    stop: Callable[[], Awaitable[None]]

    def client(self) -> httpx.AsyncClient:
        return http_client(self.url)


@dataclass
class User:
    """Someone signed in, with two pictures uploaded and a VTON of them."""

    http: httpx.AsyncClient
    id: str
    snap: str = ""
    garment: str = ""
    vton: str = ""

    async def upload(self) -> str:
        ask = {"fileName": "a.jpg", "fileType": "image/jpeg", "fileSize": len(PICTURE)}
        ticket = (await self.http.post("/images/presignedUploadUrl", json=ask)).json()
        async with http_client() as plain:
            answer = await plain.put(ticket["url"], content=PICTURE, headers=ticket["headers"])
        assert answer.status_code == 200, answer.text
        return str(ticket["key"])

    def wanted(self, **more: Any) -> dict[str, Any]:
        pictures = {"user_snap_s3": self.snap, "uncleaned_outfit_s3": self.garment}
        return {"vton_id": self.vton, **pictures, **more}

    async def submit(self, headers: dict[str, str] | None = None, **more: Any) -> str:
        answer = await self.http.post("/jobs/weaver", json=self.wanted(**more), headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    async def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get(f"/jobs/{job_id}")).json()
        return found

    async def until(self, job_id: str, status: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (job := await self.job(job_id))["status"] != status:
                await asyncio.sleep(0.05)
        return job

    @contextlib.asynccontextmanager
    async def listen(self, gateway: Gateway, query: str = "") -> AsyncIterator[ClientConnection]:
        token = (await self.http.get("/user/ws-token")).json()["token"]
        url = f"{gateway.url.replace('http', 'ws', 1)}/ws?token={token}{query}"
        async with connect(url, open_timeout=60) as ws:
            pong = await ws.ping()
            await pong
            yield ws


async def hear(ws: ClientConnection, status: str | None = None, seconds: float = 60) -> JobEvent:
    """The next event, or the next of that status."""
    async with asyncio.timeout(seconds):
        while True:
            event = JobEvent.model_validate(json.loads(await ws.recv()))
            if event.queue_position is None and status in (
                None,
                event.status,
            ):  # places come when they change
                return event


@dataclass
class Worker:
    """Says on NATS what a worker would."""

    js: JetStreamContext
    taken: list[JobRequest] = field(default_factory=list)

    async def take(self, durable: str = "weaver") -> JobRequest:
        stream = "TAILOR" if durable == "tailor" else "TRYON"
        pull = await self.js.pull_subscribe_bind(durable, stream)
        (message,) = await pull.fetch(1, timeout=60)
        await message.ack()
        await pull.unsubscribe()
        request = request_adapter.validate_json(message.data)
        self.taken.append(request)
        return request

    async def say(self, update: Any, msg_id: str | None = None) -> None:
        headers = {"Nats-Msg-Id": msg_id} if msg_id else None
        subject = subjects.result(update.user_id, update.job_id)
        await self.js.publish(subject, update.model_dump_json().encode(), headers=headers)

    async def start(self, request: JobRequest, attempt: int = 1) -> None:
        await self.say(JobStarted(**_of(request), attempt=attempt, worker="w", at=datetime.now(UTC)))

    async def end(self, request: JobRequest, error: JobError | None = None, **more: Any) -> Any:
        tailor = isinstance(request, TailorRequest)
        kind, folder, suffix = (TailorResult, "cleaned", "png") if tailor else (TryOnResult, "results", "jpg")
        key = f"users/{request.user_id}/{folder}/{request.job_id}.{suffix}"
        result = kind(
            **_of(request),
            **{
                "status": "failed" if error else "completed",
                "result_s3_key": None if error else key,
                "error": error,
                "queued_ms": 5,
                "inference_ms": 7,
                "batch_size": 1,
                "engine": "puppet",
                "preview": True,
                "attempt": 1,
                "worker": "w",
                "at": datetime.now(UTC),
                **more,
            },
        )
        await self.say(result)
        return result


def _of(request: JobRequest) -> dict[str, Any]:
    return {
        name: getattr(request, name) for name in ("job_id", "job_type", "user_id", "vton_id", "task_token")
    }
