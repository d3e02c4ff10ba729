"""What an admin is shown: a look at NATS and one at the database, made into one view."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from schemas.api.operations import (
    CostView,
    LaneView,
    MinuteView,
    OperationsView,
    PolicyKeyView,
    PolicyView,
    QueueView,
)
from schemas.jobs import SPECS
from schemas.policy import range_of
from services.gateway.admin.cached import Cached
from services.gateway.admin.throughput import Minute
from streams.kv.policy import KeyLook
from streams.overview import Overview, overlook
from streams.publish import StreamUnavailable
from streams.queue_lag import QueueLook
from streams.requests import asking

#: Of one look: ten open pages cost what one does.
FRESH_SECONDS = 1.0


async def oversee(client: Client, ended: Cached[list[Minute]], gpu_hour_price: float) -> OperationsView:
    """One look. Raises StreamUnavailable, or what the database raises."""
    seen, minutes = await asyncio.gather(_seen(client), ended.get())
    return OperationsView(
        at=datetime.now(UTC),
        queues=[_queue(queue) for queue in seen.queues],
        policy=PolicyView(reason=seen.reason, keys=[_key(key) for key in seen.keys]),
        workers=list(seen.workers),
        dead_letters=seen.dead_letters,
        jobs_by_minute=[MinuteView(at=m.at, completed=m.completed, failed=m.failed) for m in minutes],
        cost=_cost(seen, minutes, gpu_hour_price),
    )


async def _seen(client: Client) -> Overview:
    try:
        async with asking(client) as js:
            return await overlook(js)
    except NotFoundError as error:
        raise StreamUnavailable(f"{error}: run `proteus provision`") from error


def _queue(queue: QueueLook) -> QueueView:
    return QueueView(
        kind=queue.kind,
        average_wait_seconds=round(queue.average_wait, 3),
        lanes=[
            LaneView(lane=lane.lane, waiting=lane.waiting, in_work=lane.in_work, paused=lane.paused)
            for lane in queue.lanes
        ],
    )


def _key(look: KeyLook) -> PolicyKeyView:
    may_be = range_of(look.key)
    return PolicyKeyView(
        key=look.key,
        value=look.value,
        pin=None if look.ignored_pin else look.pin,
        ignored_pin=look.ignored_pin,
        default=may_be.default,
        choices=list(may_be.choices) if may_be.choices else None,
        minimum=may_be.minimum,
        maximum=may_be.maximum,
    )


def _cost(seen: Overview, minutes: Sequence[Minute], price: float) -> CostView:
    priced = {spec.pool.name for spec in SPECS.values() if spec.steered}  # as workers count it
    weavers = sum(worker.service in priced for worker in seen.workers)
    pictures = sum(minute.pictures for minute in minutes)
    hour = price * weavers if price else None
    return CostView(
        gpu_hour_price=price or None,
        weavers=weavers,
        per_hour=hour,
        per_image=hour / pictures if hour is not None and pictures else None,
    )
