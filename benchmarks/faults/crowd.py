"""Users who do not give up: each asks until it is accepted, and its socket comes back for what it missed."""

import asyncio
import io
import json
import random
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FINAL = frozenset({"completed", "failed", "cancelled"})
_RETRY = frozenset({429, 500, 502, 503})
_PATIENCE = 600.0
#: For an answer, and between two tries, in seconds.
_LONGEST_WAIT, _LONGEST_PAUSE = 60.0, 4.0


@dataclass
class Customer:
    """One user: what was accepted, and what its socket heard."""

    http: httpx.AsyncClient
    gateways: Sequence[str]
    rng: random.Random
    id: str = ""
    account: dict[str, str] = field(default_factory=dict)
    person: str = ""
    garment: str = ""
    vton: str = ""
    accepted: dict[str, float] = field(default_factory=dict)  # job → when
    ended: dict[str, float] = field(default_factory=dict)
    endings: dict[str, list[str]] = field(default_factory=dict)  # job → each ending heard
    last: int = 0
    refusals: Counter[int] = field(default_factory=Counter)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        """Until it is answered with neither silence nor a fault of the server's."""
        give_up = time.monotonic() + _PATIENCE
        tries = 0
        while True:
            base = self.rng.choice(self.gateways)
            # Longer and longer: a crowd that repeats as fast as ever keeps a slow machine from ever answering it.
            seconds = min(_LONGEST_WAIT, 8.0 * 1.5**tries)
            try:
                answer = await self.http.request(method, base + path, timeout=seconds, **more)  # type: ignore[arg-type]
                if answer.status_code == 401 and path != "/user/login":
                    await self.ask("POST", "/user/login", json=self.account)
                elif answer.status_code not in _RETRY:
                    return answer.raise_for_status()
                self.refusals[answer.status_code] += 1
                why = f"{answer.status_code} {answer.text[:200]}"
            except httpx.TransportError as error:
                self.refusals[0] += 1
                why = repr(error)
            if time.monotonic() > give_up:
                raise TimeoutError(f"{method} {path}: {why}")
            await asyncio.sleep(min(_LONGEST_PAUSE, 0.2 * 1.5**tries) * (1 + 2 * self.rng.random()))
            tries += 1

    async def sign_up(self) -> httpx.Response:
        """Or sign in, where an answer was lost on its way and the account is there already."""
        try:
            return await self.ask("POST", "/user/signup", json=self.account)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.CONFLICT:
                raise
            return await self.ask("POST", "/user/login", json=self.account)

    async def arrive(self, picture: bytes) -> None:
        """Sign up, upload two pictures, make a VTON."""
        self.account = {"email": f"{secrets.token_hex(8)}@example.com", "password": secrets.token_hex(16)}
        self.id = (await self.sign_up()).json()["id"]
        keys = []
        for name in ("person.jpg", "garment.jpg"):
            wanted = {"fileName": name, "fileType": "image/jpeg", "fileSize": len(picture)}
            ticket = (await self.ask("POST", "/images/presignedUploadUrl", json=wanted)).json()
            sent = await self.http.put(ticket["url"], headers=ticket["headers"], content=picture, timeout=60)
            keys.append(ticket["key"])
            sent.raise_for_status()
        self.person, self.garment = keys
        body = {"user_snap_s3": self.person, "uncleaned_outfit_s3": self.garment}
        self.vton = (await self.ask("POST", "/vton", json=body)).json()["id"]

    async def submit(self, kind: str) -> None:
        """Ask for a job (``weaver`` or ``tailor``) until it is accepted; a repeat has the same key."""
        body = {"vton_id": self.vton, "uncleaned_outfit_s3": self.garment}
        if kind == "weaver":
            body["user_snap_s3"] = self.person
        key = {"Idempotency-Key": secrets.token_hex(8)}
        answer = await self.ask("POST", f"/jobs/{kind}", json=body, headers=key)
        self.accepted[answer.json()["job_id"]] = time.monotonic()

    async def follow(self) -> None:
        """Keep a socket open until cancelled; each new one asks for what came after the last event."""
        while True:
            try:
                token = (await self.ask("GET", "/user/ws-token")).json()["token"]
                url = self.rng.choice(self.gateways).replace("http", "ws", 1)
                async with connect(
                    f"{url}/ws?token={token}&since={self.last}", proxy=None, open_timeout=15,
                    ping_interval=3, ping_timeout=20, close_timeout=1,
                ) as socket:  # fmt: skip
                    async for text in socket:
                        self._hear(json.loads(text))
            except (WebSocketException, OSError, TimeoutError, httpx.HTTPError):
                pass
            await asyncio.sleep(0.2 + 0.3 * self.rng.random())

    def _hear(self, event: dict[str, object]) -> None:
        if isinstance(event["seq"], int):
            self.last = event["seq"]  # not the largest: a stream that was lost begins anew
        job = str(event["job_id"])
        if event["type"] == "status" and event["status"] in FINAL:
            self.endings.setdefault(job, []).append(f"{event['status']} {event['at']}")
            self.ended.setdefault(job, time.monotonic())
            self.heard.set()

    @property
    def waiting(self) -> set[str]:
        """Accepted jobs whose end the socket has not heard."""
        return self.accepted.keys() - self.ended.keys()


class Customers:
    """Customers of one site."""

    def __init__(self, gateways: Sequence[str], rng: random.Random, users: int) -> None:
        self._rng = rng
        # No bound, or the slots of connections that were broken while they were made would be missing for good.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=2)
        self.customers = [
            Customer(
                httpx.AsyncClient(trust_env=False, limits=limits),
                gateways,
                random.Random(rng.random()),
            )
            for _ in range(users)
        ]
        self._followers: list[asyncio.Task[None]] = []

    async def arrive(self) -> None:
        """Everybody signs up and opens a socket."""
        buffer = io.BytesIO()
        Image.new("RGB", (64, 96), "olive").save(buffer, "JPEG")
        for start in range(0, len(self.customers), 5):
            await asyncio.gather(*(c.arrive(buffer.getvalue()) for c in self.customers[start : start + 5]))
        self._followers = [asyncio.create_task(customer.follow()) for customer in self.customers]

    async def shop(self, jobs: int, seconds: float) -> None:
        """``jobs`` requests spread over ``seconds``, users taking turns; one in ten is a cut-out."""
        start = time.monotonic()
        kinds = [self._rng.random() < 0.1 for _ in range(jobs)]
        offset = self._rng.randrange(len(self.customers))

        async def one(number: int) -> None:
            await asyncio.sleep(max(0.0, start + seconds * number / jobs - time.monotonic()))
            customer = self.customers[(offset + number) % len(self.customers)]
            await customer.submit("tailor" if kinds[number] else "weaver")

        async with asyncio.TaskGroup() as group:
            for number in range(jobs):
                group.create_task(one(number))

    @property
    def accepted(self) -> int:
        """Jobs so far."""
        return sum(len(customer.accepted) for customer in self.customers)

    async def settled(self, patience: float) -> bool:
        """Whether every accepted job's end was heard, within ``patience`` seconds without any news."""
        deadline, left = time.monotonic() + patience, -1
        while now := sum(len(customer.waiting) for customer in self.customers):
            if now != left:
                deadline, left = time.monotonic() + patience, now
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.1)
        return True

    async def leave(self) -> None:
        """Close every socket and client."""
        for task in self._followers:
            task.cancel()
        await asyncio.gather(*self._followers, return_exceptions=True)
        for customer in self.customers:
            await customer.http.aclose()
