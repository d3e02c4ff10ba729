"""The worker's FastStream subscribers: one per lane, and one for cancellations. Buildable without a connection."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

from schemas.jobs.base import Cancellation, JobSpec, Lane
from streams import subjects, topology
from streams.delivery.delivered_message import delivered
from streams.permissions import inbox

log = logging.getLogger(__name__)

Work = Callable[[Any, Msg, Lane], Awaitable[None]]


def subscribe(broker: NatsBroker, spec: JobSpec, work: Work) -> dict[Lane, Any]:
    """Register the handlers of one job kind on ``broker``; the subscriber of each lane."""

    subscribers = {}
    for lane in topology.lanes(spec):
        subscriber = broker.subscriber(
            spec.request_subject(lane),
            stream=JStream(spec.stream, declare=False),
            durable=spec.durable(lane),
            config=ConsumerConfig(durable_name=spec.durable(lane)),
            pull_sub=PullSub(),
            inbox_prefix=f"{inbox(spec.pool.name)}.".encode(),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            title=f"{spec.durable()}.{lane}" if spec.lanes else spec.durable(),
            description=spec.description,
        )
        subscribers[lane] = subscriber
        subscriber(_handler(spec, lane, work))
    return subscribers


def _handler(spec: JobSpec, lane: Lane, work: Work) -> Any:
    async def handle(request: Any) -> None:
        await work(request, delivered.get(), lane)

    handle.__annotations__["request"] = spec.request
    handle.__doc__ = spec.request.__doc__
    handle.__name__ = f"{spec.kind}_{lane}"
    return handle


def subscribe_cancellations(broker: NatsBroker, cancel: Callable[[str], None]) -> None:
    """Hear of cancelled jobs. Not stored: a worker that missed it finds out from the row's state later."""

    @broker.subscriber(subjects.CANCELLATIONS, title="cancellations", no_reply=True)
    async def cancellation(body: Cancellation) -> None:
        cancel(body.job_id)
