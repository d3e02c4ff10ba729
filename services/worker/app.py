"""Composes a worker of one job kind and runs it until told to stop."""

import asyncio
import contextlib
import logging
import os
import socket
from datetime import UTC, datetime
from functools import partial
from typing import Any

import nats.errors
from faststream.nats import NatsBroker
from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from inference.batcher import Batcher
from inference.engine import Engine, no_progress
from inference.errors import EngineFatal, EngineUnavailable
from inference.registry import create
from schemas import policy as policy_keys
from schemas import workers as worker_keys
from schemas.jobs.base import JobError, JobRequest, Lane
from schemas.policy import WeaverPolicy
from schemas.workers import WorkerInfo
from services.probes import probe_app
from services.runner import Service, end_tasks, serve_http, spare_the_collector
from services.settings import CostSettings, NatsSettings, SettingsError, StorageSettings, load
from services.startup import Startup
from services.storage import open_store
from services.worker.decoder import open_decoder
from services.worker.job import Desk, publish_failure, work
from services.worker.kinds import HANDLERS
from services.worker.kinds.base import JobHandler
from services.worker.metrics import Metered, WorkerMetrics
from services.worker.segment import add_segment_route
from services.worker.service_times import PassTimes
from services.worker.settings import WorkerSettings
from services.worker.subscribers import subscribe, subscribe_cancellations
from streams import topology
from streams.broker import make_broker
from streams.deadletters import bury
from streams.heartbeat import beat
from streams.policy_kv import PolicyReader
from streams.provision import check_consumer, open_bucket
from streams.publish import StreamUnavailable
from streams.pull import PullLoop

log = logging.getLogger(__name__)

#: Fetches that may fail in a row before the worker asks to be restarted (about half a minute).
_FAILURES = 30


def compose(service: str) -> Service:
    """The worker named ``service`` with settings from the environment. Raises SettingsError."""
    settings, nats_settings, storage = load(WorkerSettings), load(NatsSettings), load(StorageSettings)
    handler = next(handler for handler in HANDLERS.values() if handler.spec.service == service)
    spec = handler.spec
    name = settings.tailor_engine if service == "tailor" else settings.engine
    try:
        engine, reason = create(spec.kind, name, settings.engine_options())
    except EngineUnavailable as error:
        raise SettingsError(f"PROTEUS_{'TAILOR_' if service == 'tailor' else ''}ENGINE: {error}") from None
    price = load(CostSettings).gpu_hour_price
    return partial(
        run_worker, handler, engine, reason, settings, nats_settings, storage, gpu_hour_price=price
    )


async def run_worker(
    handler: JobHandler,
    engine: Engine[Any, Any],
    reason: str,
    settings: WorkerSettings,
    nats_settings: NatsSettings,
    storage: StorageSettings,
    stop: asyncio.Event,
    *,
    gpu_hour_price: float = 0.0,
) -> None:
    """Run until ``stop``; then finish what is on the device and give the rest back.

    Raises SettingsError when the engine does not load, ProvisioningNeeded when a consumer is missing or
    differs, EngineFatal when the device failed for good.
    """
    spec, info = handler.spec, engine.info
    log.info("engine %s on %s: %s", info.name, info.device, reason)
    registry, startup = CollectorRegistry(), Startup(stop)
    times = PassTimes(info)
    metrics = WorkerMetrics(registry, spec, gpu_hour_price if spec.steered else 0)
    instance = f"{socket.gethostname()}-{os.getpid()}".replace(".", "-")
    started_at = datetime.now(UTC)
    fatal: list[BaseException] = []

    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(storage))
        decoder = await stack.enter_async_context(open_decoder(min(4, os.cpu_count() or 1)))
        reader: PolicyReader | None = None  # needs the connection, for which the probes do not wait

        async def policy() -> WeaverPolicy:
            if spec.steered and reader is not None:
                return await reader.read()
            return WeaverPolicy(batch_size=settings.tailor_batch_size)

        async def limits() -> tuple[int, float]:
            current = await policy()
            return current.batch_size, current.window_ms / 1000

        batcher = Batcher(Metered(engine, metrics), limits)
        loops: list[PullLoop] = []
        batching = asyncio.create_task(batcher.run())
        batching.add_done_callback(lambda _: stop.set())  # without it every job would wait for ever
        stack.push_async_callback(end_tasks, batching)
        app = probe_app(
            spec.service,
            registry,
            live=lambda: _why_not_live(loops, batching),
            ready=lambda: startup.not_ready() or (None if client.is_connected else "not connected"),
            about={"engine": info.name, "engine_reason": reason, "device": info.device},
        )
        if spec.service == "tailor":
            add_segment_route(app, batcher, decoder, settings.max_picture_mb * 2**20)
        served = asyncio.Event()  # probes answer until the drain is over
        serving = asyncio.create_task(serve_http(app, settings.probe_host, settings.probe_port, served))
        serving.add_done_callback(lambda _: stop.set())
        stack.push_async_callback(_end_serving, serving, served)

        broker = make_broker(nats_settings.servers, spec.service, instance)
        client = await startup.wait_for("NATS", broker.connect())
        stack.push_async_callback(_disconnect, broker)
        js = client.jetstream()
        for lane in topology.lanes(spec):
            await startup.wait_for("its streams", check_consumer(js, spec.stream, spec.durable(lane)))
        reader = PolicyReader(await startup.wait_for("its streams", open_bucket(js, policy_keys.BUCKET)))
        if spec.steered:
            await startup.wait_for("its streams", reader.follow(client))
        # Before the first job is taken.
        beats = await startup.wait_for("its streams", open_bucket(js, worker_keys.BUCKET))

        def on_fatal(error: BaseException) -> None:
            if isinstance(error, EngineFatal):
                fatal.append(error)
                stop.set()

        desk = Desk(
            handler=handler,
            engine=info,
            engine_reason=reason,
            batcher=batcher,
            store=store,
            decode=decoder.decode,
            client=client,
            js=js,
            policy=policy,
            metrics=metrics,
            times=times,
            worker=instance,
            max_bytes=settings.max_picture_mb * 2**20,
            on_fatal=on_fatal,
        )
        subscribers = subscribe(broker, spec, partial(work, desk), partial(_refuse, desk))
        subscribe_cancellations(broker, desk.cancel)

        loops += (_pull(desk, subscriber, lane) for lane, subscriber in subscribers.items())

        def wake() -> None:
            for loop in loops:
                loop.wake()

        desk.stages.on_change = wake

        heart: asyncio.Task[None] | None = None
        try:
            await startup.wait_for("its engine", asyncio.gather(_load(engine), decoder.warm_up()))
            spare_the_collector()
            await startup.wait_for("NATS", broker.start())

            def about() -> WorkerInfo:
                return WorkerInfo(
                    service=spec.service,
                    instance=instance,
                    engine=info.name,
                    engine_reason=reason,
                    preview=info.preview,
                    device=info.device,
                    started_at=started_at,
                    at=datetime.now(UTC),
                    jobs_done=metrics.done,
                    jobs_failed=metrics.lost,
                    busy=batcher.busy,
                    seconds_by_batch=times.by_batch(),
                    service_times=times.fit(),
                )

            heart = asyncio.create_task(beat(beats, about))
            startup.over()
            log.info("ready")
            await stop.wait()
        finally:
            startup.awaited = "its end"
            desk.draining = True
            batcher.give_back()  # before the loops end: no forward pass begins meanwhile
            await asyncio.gather(*(loop.stop() for loop in loops), return_exceptions=True)
            batcher.give_back()
            await asyncio.gather(*(loop.join(settings.drain_seconds) for loop in loops))
            served.set()
            await end_tasks(*(task for task in (batching, heart) if task))
    if fatal:
        raise fatal[0]
    if not batching.cancelled() and (error := batching.exception()):
        raise error


async def _end_serving(serving: asyncio.Task[None], served: asyncio.Event) -> None:
    served.set()
    await asyncio.gather(serving, return_exceptions=True)


async def _load(engine: Engine[Any, Any]) -> None:
    """Load and warm up in a thread, so that probes answer meanwhile."""
    try:
        await asyncio.to_thread(engine.load)
    except EngineUnavailable as error:
        raise SettingsError(f"engine {engine.info.name}: {error}") from None
    await asyncio.to_thread(engine.run, [engine.example()], no_progress)


def _pull(desk: Desk, subscriber: Any, lane: Lane) -> PullLoop:
    async def room(held: int) -> int:
        return desk.stages.room(lane, (await desk.policy()).batch_size, held)

    return PullLoop(subscriber, room)


def _why_not_live(loops: list[PullLoop], batching: asyncio.Task[None]) -> str | None:
    if batching.done():
        return "the batcher has ended"
    if any(loop.failures > _FAILURES for loop in loops):
        return "no job could be fetched for a while"
    return None


async def _refuse(desk: Desk, message: Msg, why: str) -> None:
    """Bury a message that is no request; tell its user when it says who that is."""
    error = JobError(code="request_malformed", message=f"The request was malformed: {why[:500]}")
    request = _identify(message)
    try:
        await bury(desk.js, message, error, request.job_id if request else None)
        if request is not None:
            await publish_failure(desk, request, message, error)
        await message.term()
    except (StreamUnavailable, nats.errors.Error) as failure:  # it comes back after ack_wait
        log.warning("malformed message not buried yet: %s", failure)


def _identify(message: Msg) -> JobRequest | None:
    try:
        return JobRequest.model_validate_json(message.data)
    except ValidationError:
        return None


async def _disconnect(broker: NatsBroker) -> None:
    try:
        await asyncio.wait_for(broker.stop(), 5)
    except (nats.errors.Error, TimeoutError) as error:  # NATS is away: there is nothing to drain to
        log.warning("connection not drained: %s", error)
