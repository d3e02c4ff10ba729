"""The worker's FastStream subscribers: one per lane, and one for cancellations. Buildable without a connection."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fast_depends.exceptions import ValidationError as BadPayload
from faststream import AckPolicy, BaseMiddleware
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.annotations import NatsMessage
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig

from schemas.jobs.base import Cancellation, JobSpec, Lane
from streams import subjects, topology

log = logging.getLogger(__name__)

Work = Callable[[Any, Msg, Lane], Awaitable[None]]
Refuse = Callable[[Msg, str], Awaitable[None]]


class RefusingMiddleware(BaseMiddleware):
    """Hands a message whose payload is no request of this kind to ``refuse`` instead of losing it."""

    def __init__(self, msg: Any, *, context: Any, refuse: Refuse) -> None:
        super().__init__(msg, context=context)
        self._refuse = refuse

    async def consume_scope(self, call_next: Any, msg: Any) -> Any:
        """Run the handler; it raises none of these itself."""
        try:
            return await call_next(msg)
        except (BadPayload, json.JSONDecodeError, UnicodeDecodeError, TypeError) as error:
            await self._refuse(msg.raw_message, str(error))
            return None


def subscribe(broker: NatsBroker, spec: JobSpec, work: Work, refuse: Refuse) -> dict[Lane, Any]:
    """Register the handlers of one job kind on ``broker``; the subscriber of each lane."""

    def middleware(msg: Any, *, context: Any) -> RefusingMiddleware:
        return RefusingMiddleware(msg, context=context, refuse=refuse)

    subscribers = {}
    for lane in topology.lanes(spec):
        subscriber = broker.subscriber(
            spec.request_subject(lane),
            stream=JStream(spec.stream, declare=False),
            durable=spec.durable(lane),
            config=ConsumerConfig(durable_name=spec.durable(lane)),
            pull_sub=PullSub(),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            title=f"{spec.service}.{lane}" if spec.lanes else spec.service,
            description=spec.metadata["description"],
        )
        subscribers[lane] = subscriber
        subscriber(_handler(spec, lane, work))
    broker.add_middleware(middleware)
    return subscribers


def _handler(spec: JobSpec, lane: Lane, work: Work) -> Any:
    async def handle(request: Any, message: NatsMessage) -> None:
        await work(request, message.raw_message, lane)

    handle.__annotations__["request"] = spec.request
    handle.__doc__ = spec.request.__doc__
    handle.__name__ = f"{spec.kind}_{lane}"
    return handle


def subscribe_cancellations(broker: NatsBroker, cancel: Callable[[str], None]) -> None:
    """Hear of cancelled jobs. Not stored: a worker that missed it finds out from the row's state later."""

    @broker.subscriber(subjects.CANCELLATIONS, title="cancellations", no_reply=True)
    async def cancellation(body: Cancellation) -> None:
        cancel(body.job_id)
