"""The client for asyncio."""

import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from proteus_client.errors import JobFailed, ProteusError
from proteus_client.events import listen
from proteus_client.models import FINAL, Event, Job, Picture
from proteus_client.pictures import content_type
from proteus_client.proxies import LOOPBACK
from proteus_client.session import Session

#: A picture: its bytes, or where its file lies.
File = str | Path | bytes
#: Is told how a job goes.
Heard = Callable[[Event], None]
#: Without an event for so long, the job is looked at.
_SILENCE_SECONDS = 2.0


class AsyncProteus:
    """Somebody at the system at ``url``: a guest, an account, or whose ``refresh_token`` it is.

    ``trust_env`` lets proxies of the environment count, never for this machine. ``timeout`` is that of a request, in
    seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        email: str | None = None,
        password: str | None = None,
        refresh_token: str | None = None,
        timeout: float = 60.0,
        trust_env: bool = True,
    ) -> None:
        if refresh_token is not None:
            grant: dict[str, Any] = {"refresh_token": refresh_token}
        elif email is not None:
            grant = {"email": email, "password": password}
        else:
            grant = {"guest": True}
        http = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=trust_env, mounts=LOOPBACK)
        self._session = Session(http, grant)
        # No token of ours goes to the object store: what it needs is in the URL.
        self._store = httpx.AsyncClient(timeout=timeout, trust_env=trust_env, mounts=LOOPBACK)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Of connections; the sign-in goes on."""
        await self._session.http.aclose()
        await self._store.aclose()

    @property
    def refresh_token(self) -> str | None:
        """To go on with later, once something was asked; good once."""
        return self._session.refresh_token

    async def sign_in(self) -> dict[str, Any]:
        """The user. Not needed: the first request does it."""
        await self._session.sign_in()
        return self._session.user

    async def sign_up(self, name: str | None = None) -> dict[str, Any]:
        """Make the account of ``email`` and ``password``, and sign in. Raises ProteusError when there is one."""
        await self._session.sign_up(name)
        return await self.sign_in()

    @property
    def url(self) -> str:
        """The system's."""
        return str(self._session.http.base_url)

    async def request(self, method: str, path: str, **more: Any) -> Any:
        """Any other route: the JSON of its answer; ``more`` is httpx's. Raises ProteusError."""
        return await self._session.request(method, path, **more)

    async def upload(self, file: File, name: str | None = None) -> str:
        """Send a picture; its key. Raises ProteusError, and OSError for a file that cannot be read."""
        body = file if isinstance(file, bytes) else await asyncio.to_thread(Path(file).read_bytes)
        shown = name or ("picture" if isinstance(file, bytes) else Path(file).name)
        # A file's name may be any bytes but / and 0.
        shown = shown.encode("utf-8", "replace").decode()
        wanted = {"fileName": shown, "fileType": content_type(body), "fileSize": len(body)}
        ticket = await self.request("POST", "/images/presignedUploadUrl", json=wanted)
        sent = await self._store.request(
            ticket["method"], ticket["url"], headers=ticket["headers"], content=body
        )
        if not sent.is_success:
            raise ProteusError(sent.status_code, "upload_refused", f"The object store refused {shown}.")
        return str(ticket["key"])

    async def submit(
        self, person: File, garment: File, /, *, vton_id: str | None = None, **options: Any
    ) -> Job:
        """Upload both and ask for a try-on; ``options`` are those of POST /jobs/try_on."""
        keys = await asyncio.gather(self.upload(person), self.upload(garment))
        return await self.submit_keys(*keys, vton_id=vton_id, **options)

    async def submit_keys(
        self, person: str, garment: str, /, *, vton_id: str | None = None, **options: Any
    ) -> Job:
        """The same with pictures that were uploaded before."""
        body = {"user_snap_s3": person, "uncleaned_outfit_s3": garment, "options": options}
        once = {"Idempotency-Key": str(uuid.uuid4())}  # it may be sent again
        wanted = body if vton_id is None else {**body, "vton_id": vton_id}
        return Job.of(await self.request("POST", "/jobs/try_on", json=wanted, headers=once))

    async def job(self, job_id: str) -> Job:
        """How it is now."""
        return Job.of(await self.request("GET", f"/jobs/{job_id}"))

    async def cancel(self, job_id: str) -> Job:
        """Raises ProteusError with ``job_ended`` when it is too late."""
        return Job.of(await self.request("POST", f"/jobs/{job_id}/cancel"))

    async def wait(self, job_id: str, heard: Heard | None = None, *, patience: float = 600.0) -> Job:
        """The completed job; ``heard`` is told how it goes.

        Raises JobFailed when it failed or was cancelled, and TimeoutError after ``patience`` seconds of silence.
        """
        news = time.monotonic()
        seen: tuple[object, ...] = ()
        async with listen(self._session) as next_event:
            while True:
                job = await self.job(job_id)
                if job.ended:
                    return _completed(job)
                event: Event | None = Event.of(job.raw)
                while event is not None and event.status not in FINAL:
                    now = (event.status, event.progress, event.queue_position, event.queue_length)
                    if event.job_id == job_id and now != seen:
                        news, seen = time.monotonic(), now
                        if heard is not None:
                            heard(event)
                    if time.monotonic() - news > patience:
                        raise TimeoutError(f"nothing was heard of the job for {patience:.0f} s")
                    event = await next_event(_SILENCE_SECONDS)

    async def download(self, job: Job | str, key: str | None = None) -> Picture:
        """The picture of a completed job, or of one by its id; ``key`` is that of another picture of it."""
        done = job if isinstance(job, Job) else await self.job(job)
        wanted = {"key": key or done.result_s3_key}
        ticket = await self.request("POST", "/images/presignedDownloadUrl", json=wanted)
        answer = await self._store.get(ticket["url"])
        if not answer.is_success:
            raise ProteusError(
                answer.status_code, "download_refused", "The object store did not give the picture."
            )
        return Picture(answer.content, done)

    async def try_on(
        self, person: File, garment: File, heard: Heard | None = None, /, **options: Any
    ) -> Picture:
        """From two pictures to one. Raises ProteusError, JobFailed, TimeoutError."""
        job = await self.submit(person, garment, **options)
        return await self.download(await self.wait(job.id, heard))


def _completed(job: Job) -> Job:
    if job.status == "completed":
        return job
    error = job.error or {"code": job.status, "message": f"The job was {job.status}."}
    raise JobFailed(job.id, error["code"], error["message"])
