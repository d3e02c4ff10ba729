"""The client for programs without asyncio: the other one, on a loop of its own."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from proteus_client.asynchronous import AsyncProteus, File, Heard
from proteus_client.models import Job, Picture

T = TypeVar("T")


class Proteus:
    """As `AsyncProteus`, with the same arguments. Not for use where an event loop runs."""

    def __init__(self, url: str, **more: Any) -> None:
        self._runner = asyncio.Runner()
        self._inner = self._run(_made(url, more))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Of connections; the sign-in goes on."""
        self._run(self._inner.close())
        self._runner.close()

    @property
    def refresh_token(self) -> str | None:
        """As `AsyncProteus.refresh_token`."""
        return self._inner.refresh_token

    def sign_in(self) -> dict[str, Any]:
        """As `AsyncProteus.sign_in`."""
        return self._run(self._inner.sign_in())

    def sign_up(self, name: str | None = None) -> dict[str, Any]:
        """As `AsyncProteus.sign_up`."""
        return self._run(self._inner.sign_up(name))

    def request(self, method: str, path: str, **more: Any) -> Any:
        """As `AsyncProteus.request`."""
        return self._run(self._inner.request(method, path, **more))

    def upload(self, file: File, name: str | None = None) -> str:
        """As `AsyncProteus.upload`."""
        return self._run(self._inner.upload(file, name))

    def submit(self, person: File, garment: File, /, **more: Any) -> Job:
        """As `AsyncProteus.submit`."""
        return self._run(self._inner.submit(person, garment, **more))

    def submit_keys(self, person: str, garment: str, /, **more: Any) -> Job:
        """As `AsyncProteus.submit_keys`."""
        return self._run(self._inner.submit_keys(person, garment, **more))

    def job(self, job_id: str) -> Job:
        """As `AsyncProteus.job`."""
        return self._run(self._inner.job(job_id))

    def cancel(self, job_id: str) -> Job:
        """As `AsyncProteus.cancel`."""
        return self._run(self._inner.cancel(job_id))

    def wait(self, job_id: str, heard: Heard | None = None, *, patience: float = 600.0) -> Job:
        """As `AsyncProteus.wait`."""
        return self._run(self._inner.wait(job_id, heard, patience=patience))

    def download(self, job: Job | str, key: str | None = None) -> Picture:
        """As `AsyncProteus.download`."""
        return self._run(self._inner.download(job, key))

    def try_on(self, person: File, garment: File, heard: Heard | None = None, /, **options: Any) -> Picture:
        """As `AsyncProteus.try_on`."""
        return self._run(self._inner.try_on(person, garment, heard, **options))


async def _made(url: str, more: dict[str, Any]) -> AsyncProteus:
    """In the loop that it belongs to."""
    return AsyncProteus(url, **more)
