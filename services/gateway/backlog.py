"""Looks, every few seconds, at what the gateway has not done yet: the outbox, the ledger's lag, the dead letters.

Every replica exports the same numbers; a query takes the largest.
"""

import asyncio
from math import nan

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.engine import DATABASE_ERRORS
from services.gateway.db.models import Outbox
from services.gateway.metrics import GatewayMetrics
from streams import topology

_EVERY_SECONDS = 2.0


async def watch_backlog(engine: AsyncEngine, js: JetStreamContext, metrics: GatewayMetrics) -> None:
    """Look until cancelled. What is away shows no number, rather than an old one."""
    while True:
        try:
            depth, oldest = await _outbox(engine)
        except (*DATABASE_ERRORS, TimeoutError):
            depth = oldest = nan
        metrics.outbox_depth.set(depth)
        metrics.outbox_oldest.set(oldest)
        try:
            lag, dead = await _ledger_lag(js), await _dead_letters(js)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
            lag = dead = nan
        metrics.ledger_lag.set(lag)
        metrics.dead_letters.set(dead)
        await asyncio.sleep(_EVERY_SECONDS)


async def _outbox(engine: AsyncEngine) -> tuple[float, float]:
    """Rows, and the age of the oldest in seconds, by the database's clock."""
    age = func.extract("epoch", func.now() - func.min(Outbox.created_at))
    async with engine.connect() as connection:
        row = (
            await connection.execute(select(func.count(), func.coalesce(age, 0)).select_from(Outbox))
        ).one()
    return float(row[0]), max(0.0, float(row[1]))


async def _ledger_lag(js: JetStreamContext) -> float:
    info = await js.consumer_info(topology.RESULTS, topology.LEDGER)
    return float((info.num_pending or 0) + (info.num_ack_pending or 0))


async def _dead_letters(js: JetStreamContext) -> float:
    return float((await js.stream_info(topology.DEADLETTERS)).state.messages)
