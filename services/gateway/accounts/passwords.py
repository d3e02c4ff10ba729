"""Passwords: hashing and checking them, a few at a time, beside everything else that the gateway does."""

import asyncio
import contextlib
import os
import secrets
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import ceil
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import Request

from services.connections import subscriber
from services.gateway.errors import ApiError, unavailable
from services.gateway.parts import parts_of
from services.held import check_none_held

P = ParamSpec("P")
T = TypeVar("T")

#: Argon2id as RFC 9106 has it for 64 MiB, on one core: four lanes would be four threads for each sign-in.
_HASHER = PasswordHasher(parallelism=1)

#: Half of the machine at most, and a third of what the event loop gets where both want the same core.
_THREADS = max(1, (os.cpu_count() or 2) // 2)
_NICENESS = 5
#: Requests of one address that are dealt with at a time: the next address does not wait for all of the first's.
_OF_ONE_ADDRESS = 2
_WAIT_SECONDS = 30.0


def normalized(password: str) -> str:
    """What is hashed: the same for each way to type the same password (RFC 8265, OpaqueString)."""
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in password)
    return unicodedata.normalize("NFC", spaced)


class Passwords:
    """The one place where passwords are worked on. Requests that bring one take turns, by address.

    Argon2 is slow on purpose and takes 64 MiB: without bounds, whoever sends passwords takes the machine.
    """

    def __init__(self, hasher: PasswordHasher = _HASHER, threads: int = _THREADS) -> None:
        self._hasher = hasher
        # Verified when there is no such account, so that the answer takes as long.
        self._dummy = hasher.hash(secrets.token_hex(16))
        self._threads = ThreadPoolExecutor(threads, "passwords", initializer=_stand_back)
        self._turns = asyncio.Semaphore(2 * threads)  # one is hashed while the next is looked up
        self._addresses: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """Wait for one's turn, and have it.

        When that takes too long, raises 429 if it is for others at the same address, else 503.
        """
        own = self._addresses.get(address)
        if own is None:
            own = self._addresses[address] = asyncio.Semaphore(_OF_ONE_ADDRESS)
        waiting = own
        async with contextlib.AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(_WAIT_SECONDS):
                    await stack.enter_async_context(own)
                    waiting = self._turns
                    await stack.enter_async_context(self._turns)
            except TimeoutError:
                raise _too_many() if waiting is own else unavailable("Signing in", "sign_in_busy") from None
            yield

    async def hash(self, password: str) -> str:
        """An argon2id hash."""
        return await self._run(self._hasher.hash, normalized(password))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether they match; as slow when there is no hash."""
        # As it was typed, too: hashes from before were made of that.
        for form in _forms(password):
            if await self._run(self._matches, form, password_hash):
                return True
        return False

    async def _run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        check_none_held("a password")
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(work, *arguments, **named)
        )

    def _matches(self, password: str, password_hash: str | None) -> bool:
        try:
            return self._hasher.verify(password_hash or self._dummy, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """What is being hashed ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _too_many() -> ApiError:
    seconds = str(ceil(_WAIT_SECONDS))
    detail = f"Too many attempts from your address at once. Wait {seconds} seconds and try again."
    return ApiError(429, "too_many_attempts", detail, {"Retry-After": seconds})


def _forms(password: str) -> Iterator[str]:
    yield normalized(password)
    if normalized(password) != password:
        yield password


def _stand_back() -> None:
    """Of this thread alone: the event loop's goes first."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


async def take_turn(request: Request) -> AsyncIterator[None]:
    """Of every route that takes a password, before anything else is done for it."""
    passwords = parts_of(request).passwords
    async with passwords.turn(address_of(request)):
        yield


def address_of(request: Request) -> str:
    """The caller's, as the nearest proxy that is not ours saw it; of IPv6 the subscriber's network."""
    return subscriber(request.client.host) if request.client else ""
