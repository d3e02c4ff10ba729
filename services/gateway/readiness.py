"""What the gateway stands on: database, object store, NATS. Looked at every few seconds, and when somebody asks.

The gateway is ready when it answers at all: with a part away it still says so to each request that needs it, which a
proxy without a gateway behind it cannot.
"""

import asyncio
from collections.abc import Awaitable, Container

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.jobs import SPECS
from schemas.jobs.base import Lane
from services.storage import ObjectStore, StoreUnavailable
from streams import topology
from streams.provision import ProvisioningNeeded, missing_consumers

OK = "ok"
PARTS = ("database", "storage", "nats")
_PROBE_SECONDS = 3.0
_EVERY_SECONDS = 10.0


class Readiness:
    """``look`` once, or ``run`` until cancelled. ``up`` shows by part what the last look found."""

    def __init__(self, engine: AsyncEngine, store: ObjectStore, client: Client, up: Gauge) -> None:
        self._engine, self._store, self._client, self._up = engine, store, client, up
        self._begun = self._told = 0  # looks
        self._missing: Container[tuple[str, str]] = ()  # streams and consumers

    async def look(self) -> dict[str, str]:
        """By part: ok, or what is wrong with it."""
        self._begun += 1
        number = self._begun
        answers = await asyncio.gather(*map(_check, (self._database(), self._store.ping(), self._streams())))
        parts = dict(zip(PARTS, answers, strict=True))
        if number > self._told:  # and no later look was sooner through
            self._told = number
            for part, answer in parts.items():
                self._up.labels(part).set(answer == OK)
        return parts

    async def run(self) -> None:
        """So that metrics tell of it when nobody asks."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY_SECONDS)

    def serves(self, kind: str, lane: str) -> bool:
        """Whether jobs can be fetched from this queue, as far as the last look at NATS tells."""
        spec = SPECS.get(kind)
        return spec is None or all(
            (spec.stream, spec.durable(each)) not in self._missing for each in Lane if each == lane
        )

    async def _database(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def _streams(self) -> None:
        js = self._client.jetstream(timeout=_PROBE_SECONDS)
        await js.stream_info(topology.RESULTS)
        missing = self._missing = await missing_consumers(js)
        if missing:  # jobs would wait for ever, and nobody would know why
            raise ProvisioningNeeded("; ".join(missing.values()))


async def _check(check: Awaitable[None]) -> str:
    try:
        await asyncio.wait_for(check, _PROBE_SECONDS)
    except (
        SQLAlchemyError, OSError, TimeoutError, StoreUnavailable, nats.errors.Error, nats.js.errors.Error
    ) as error:  # fmt: skip
        return f"does not answer ({type(error).__name__})"
    except ProvisioningNeeded as missing:
        return str(missing)
    return OK
