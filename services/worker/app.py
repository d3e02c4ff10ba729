"""A worker of one pool: runs its kinds until told to stop."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from nats.aio.msg import Msg
from prometheus_client import CollectorRegistry

from inference.credentials import Marker
from inference.engine import Engine, no_progress
from inference.errors import EngineFatal, EngineUnavailable
from inference.marks import marked
from inference.on_demand import OnDemand
from schemas import policy as policy_keys
from schemas import workers as worker_keys
from services.apart import run_apart
from services.http_server import HttpServer
from services.probes import probe_app
from services.runner import end_tasks, spare_the_collector, until_over
from services.settings import NatsSettings, SettingsError, StorageSettings
from services.startup import Startup
from services.storage import open_store
from services.worker.about import engine_facts, not_live, not_ready, worker_info
from services.worker.alone import Alone
from services.worker.context import KindContext
from services.worker.decode.decoder import open_decoder
from services.worker.decode.memory import Memory
from services.worker.job.malformed import refuse
from services.worker.job.message import work
from services.worker.kind import Batchers, policy_of, pull
from services.worker.kinds.base import Engaged
from services.worker.measurements.metrics import Metered, WorkerMetrics, WorkerRegistry
from services.worker.measurements.service_times import PassTimes
from services.worker.settings import WorkerSettings
from services.worker.subscribers import subscribe, subscribe_cancellations
from streams import topology
from streams.broker import disconnect, make_broker
from streams.delivery.malformed import refusing
from streams.delivery.pull import IDLE_SECONDS, PullLoop
from streams.delivery.returned import Returned
from streams.kv.heartbeat import beat
from streams.kv.policy import PolicyReader
from streams.provision import check_consumer, open_bucket

log = logging.getLogger(__name__)


async def run_worker(
    kinds: Sequence[Engaged],
    settings: WorkerSettings,
    nats_settings: NatsSettings,
    storage: StorageSettings,
    stop: asyncio.Event,
    *,
    mark: Marker = marked,
    gpu_hour_price: float = 0.0,
    probes: HttpServer | None = None,
    idle_seconds: float = IDLE_SECONDS,
) -> None:
    """Run these kinds, all of one pool, until ``stop``; then finish what is on the devices and give the rest back.

    It waits while a server is away, and while a consumer is missing or differs. ``mark`` is what makes each picture say
    how it was made; ``probes`` is its own when left out; an idle lane looks every ``idle_seconds`` whether to stop.
    Raises Stopped when told to stop before it is ready, SettingsError when an engine does not load, EngineFatal when
    a device failed for good.
    """
    specs = [engaged.handler.spec for engaged in kinds]
    pool = specs[0].pool.name
    registry, startup = CollectorRegistry(), Startup(stop)
    shared = WorkerRegistry(registry, gpu_hour_price)
    instance = f"{socket.gethostname()}-{os.getpid()}".replace(".", "-")
    fatal: list[BaseException] = []

    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(storage))
        decoder = await stack.enter_async_context(open_decoder(min(4, os.cpu_count() or 1)))
        reader: PolicyReader | None = None  # needs the connection, for which the probes do not wait
        batchers = Batchers(stop.set)
        stack.push_async_callback(lambda: end_tasks(*batchers.tasks))
        loops: list[PullLoop] = []
        served = asyncio.Event()  # probes answer until the drain is over
        contexts: dict[str, KindContext] = {}
        made = []
        for engaged in kinds:
            info = engaged.engine.info
            log.info(
                "%s: engine %s on %s: %s", engaged.handler.spec.kind, info.name, info.device, engaged.reason
            )
            metrics = WorkerMetrics(shared, engaged.handler.spec)
            shared.compilations.follow(engaged.handler.spec.kind, engaged.engine)
            policy = policy_of(engaged, lambda: reader)
            batcher = batchers.of(engaged.engine, Metered(engaged.engine, metrics), policy)
            made.append((engaged, metrics, policy, batcher))
        app = probe_app(
            pool,
            registry,
            live=lambda: not_live(loops, batchers),
            ready=lambda: startup.not_ready() or not_ready(client.is_connected, loops),
            about=lambda: engine_facts(kinds[0]),
        )
        for engaged, _, _, batcher in made:
            if engaged.handler.add_routes is not None:
                engaged.handler.add_routes(
                    app, batcher, decoder.decode, mark, settings.max_picture_mb * 2**20
                )
        server = probes or HttpServer(settings.probe_host, settings.probe_port)
        serving = asyncio.create_task(server.serve(app, served))
        serving.add_done_callback(lambda _: stop.set())
        stack.push_async_callback(until_over, serving)
        stack.callback(served.set)

        broker = make_broker(nats_settings.servers, pool, instance)
        client = await startup.wait_for("NATS", broker.connect())
        stack.push_async_callback(disconnect, broker)
        js = client.jetstream()
        for spec in specs:
            for lane in topology.lanes(spec):
                await startup.provisioned(partial(check_consumer, js, spec.stream, spec.durable(lane)))
        reader = PolicyReader(await startup.provisioned(partial(open_bucket, js, policy_keys.BUCKET)))
        if any(spec.steered for spec in specs):
            await startup.wait_for("NATS", reader.follow(client))
        # Before the first job is taken.
        beats = await startup.provisioned(partial(open_bucket, js, worker_keys.BUCKET))
        returned = Returned(await startup.provisioned(partial(open_bucket, js, topology.RETURNED)))

        # Of all kinds together.
        memory = Memory(settings.picture_memory_mb * 2**20)
        one_large, looking = asyncio.Lock(), asyncio.Lock()
        alone = Alone(lambda: sum(len(context.held) for context in contexts.values()), lambda: _wake(loops))

        def on_fatal(error: BaseException) -> None:
            if isinstance(error, EngineFatal):
                fatal.append(error)
                stop.set()

        for engaged, metrics, policy, batcher in made:
            spec = engaged.handler.spec
            context = contexts[spec.kind] = KindContext(
                handler=engaged.handler,
                engine=engaged.engine.info,
                engine_reason=engaged.reason,
                batcher=batcher,
                store=store,
                decode=decoder.decode,
                client=client,
                js=js,
                policy=policy,
                metrics=metrics,
                times=PassTimes(engaged.engine.info),
                returned=returned,
                memory=memory,
                alone=alone,
                one_large=one_large,
                looking=looking,
                mark=mark,
                retries=settings.quality_retries,
                worker=instance,
                max_bytes=settings.max_picture_mb * 2**20,
                on_fatal=on_fatal,
            )
            lanes = subscribe(broker, spec, partial(work, context))
            own = [pull(context, subscriber, lane, idle_seconds) for lane, subscriber in lanes.items()]
            context.stages.on_change = partial(_wake, own)
            loops += own
        memory.on_change = partial(_wake, loops)
        broker.add_middleware(refusing(partial(_refuse, contexts)))
        subscribe_cancellations(broker, partial(_cancel, contexts))

        about = partial(worker_info, pool, instance, datetime.now(UTC), kinds, contexts)
        try:
            loading = (_load(engine) for engine in {id(each.engine): each.engine for each in kinds}.values())
            await startup.wait_for("its engine", asyncio.gather(*loading, decoder.warm_up()))
            for looker in (each.looker for each in kinds if each.looker is not None):
                await startup.wait_for("its engine", _load(looker))
            spare_the_collector()
            await startup.wait_for("NATS", broker.start())
            # Who cannot fetch is nobody to wait for.
            heart = asyncio.create_task(beat(beats, about, lambda: not any(loop.trouble for loop in loops)))
            stack.push_async_callback(end_tasks, heart)
            startup.over()
            log.info("ready")
            await stop.wait()
        finally:
            startup.awaited = "its end"
            await _drain(contexts, batchers, loops, settings.drain_seconds)
            served.set()
            await end_tasks(*batchers.tasks)
    if fatal:
        raise fatal[0]
    batchers.raise_error()


def _wake(loops: Sequence[PullLoop]) -> None:
    for loop in loops:
        loop.wake()


async def _drain(
    contexts: Mapping[str, KindContext], batchers: Batchers, loops: Sequence[PullLoop], seconds: float
) -> None:
    """Finish what is on the devices, for so long at most, and give the rest back."""
    for context in contexts.values():
        context.draining = True
    batchers.give_back()  # before the loops end: no forward pass begins meanwhile
    await asyncio.gather(*(loop.stop() for loop in loops), return_exceptions=True)
    batchers.give_back()
    await asyncio.gather(*(loop.join(seconds) for loop in loops))


async def _refuse(contexts: Mapping[str, KindContext], message: Msg, why: str) -> None:
    consumer = message.metadata.consumer
    context = next(
        context for context in contexts.values() if consumer in topology.durables(context.handler.spec)
    )
    await refuse(context, message, why)


def _cancel(contexts: Mapping[str, KindContext], job_id: str) -> None:
    for context in contexts.values():
        context.cancel(job_id)


async def _load(engine: Engine[Any, Any]) -> None:
    """Load and warm up beside the probes, and beside the end of the process; one that is loaded on demand later."""
    if isinstance(engine, OnDemand):
        return
    try:
        await run_apart(engine.load)
    except EngineUnavailable as error:
        raise SettingsError(f"engine {engine.info.name}: {error}") from None
    await run_apart(engine.run, [engine.example()], no_progress)
