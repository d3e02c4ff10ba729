"""Looks, every few seconds, at each queue of each job kind, steered or not. The policy has looks of its own."""

import asyncio
from datetime import UTC, datetime
from math import nan

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext

from schemas.jobs import SPECS
from schemas.jobs.base import JobSpec, Lane
from services.arbitrator.metrics import ArbitratorMetrics
from streams import topology
from streams.queue_lag import age

_EVERY_SECONDS = 2.0


async def watch_queues(js: JetStreamContext, metrics: ArbitratorMetrics) -> None:
    """Look until cancelled. A queue that cannot be read shows no number, rather than an old one."""
    while True:
        for spec in SPECS.values():
            for lane in topology.lanes(spec):
                try:
                    lag, oldest = await _lag(js, spec, lane), await _oldest(js, spec, lane)
                except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                    lag = oldest = nan
                metrics.queue(spec.kind, lane, lag, oldest)
        await asyncio.sleep(_EVERY_SECONDS)


async def _lag(js: JetStreamContext, spec: JobSpec, lane: Lane) -> float:
    info = await js.consumer_info(spec.stream, spec.durable(lane))
    return float((info.num_pending or 0) + (info.num_ack_pending or 0))


async def _oldest(js: JetStreamContext, spec: JobSpec, lane: Lane) -> float:
    """Seconds; 0 when nothing is there. What is acknowledged leaves the stream, so the first message is the oldest."""
    return await age(js, spec.stream, datetime.now(UTC), seq=1, subject=spec.request_subject(lane), next=True)
