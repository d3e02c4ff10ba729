"""The loop around the policy: look, decide, write what changed; or stand by for the one that does."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from functools import partial

import nats.errors
import nats.js.errors
from nats.js import JetStreamContext
from nats.js.kv import KeyValue
from prometheus_client import CollectorRegistry

from schemas import policy as keys
from schemas import workers as worker_keys
from schemas.jobs import SPECS
from schemas.jobs.base import JobSpec
from schemas.workers import WorkerInfo
from services.arbitrator.decision import Policy, State
from services.arbitrator.health import Health
from services.arbitrator.lag import look
from services.arbitrator.metrics import ArbitratorMetrics
from services.arbitrator.policy_keys import recall, write
from services.arbitrator.queues import watch_queues
from services.arbitrator.settings import ArbitratorSettings
from services.arbitrator.slo import slo
from services.arbitrator.thresholds import THRESHOLDS
from services.http_server import HttpServer
from services.probes import probe_app
from services.runner import Service, end_tasks, until_over
from services.settings import NatsSettings, load
from services.startup import Startup
from streams.connection import connect
from streams.kv.lease import Lease
from streams.kv.live_workers import Workers
from streams.provision import explained, open_bucket
from streams.topology import LEASES

log = logging.getLogger(__name__)

_TIMEOUT = 3.0


def compose(settings: ArbitratorSettings, probes: HttpServer) -> Service:
    """The arbitrator; the settings that it shares with others are read here. Raises SettingsError."""
    return partial(run, settings, load(NatsSettings), probes=probes)


async def run(
    settings: ArbitratorSettings,
    nats_settings: NatsSettings,
    stop: asyncio.Event,
    *,
    probes: HttpServer | None = None,
) -> None:
    """Steer every steered job kind until ``stop``. Of several one does, by a lease, and the others stand by.

    ``probes`` is its own when left out.
    """
    registry, startup = CollectorRegistry(), Startup(stop)
    health = Health(startup)
    metrics = ArbitratorMetrics(registry, health.leads)
    app = probe_app("arbitrator", registry, live=health.not_live, ready=health.not_ready)
    server = probes or HttpServer(settings.probe_host, settings.probe_port)
    async with contextlib.AsyncExitStack() as stack:
        serving = asyncio.create_task(server.serve(app, stop))
        stack.push_async_callback(until_over, serving)
        stack.callback(stop.set)  # also where an error ends it
        client = health.client = await startup.wait_for("NATS", connect(nats_settings.servers, "arbitrator"))
        stack.push_async_callback(client.close)
        js = client.jetstream(timeout=_TIMEOUT)
        for name in (LEASES, keys.BUCKET, worker_keys.BUCKET):
            await startup.provisioned(partial(open_bucket, js, name))
        lease = health.lease = Lease(client, "arbitrator")
        watching = asyncio.create_task(watch_queues(js, metrics))
        stack.push_async_callback(end_tasks, watching)
        await lease.attempt()
        keeping = asyncio.create_task(lease.keep(stop))
        stack.push_async_callback(until_over, keeping)
        stack.callback(stop.set)
        await _steer_while_leading(settings, js, Workers(client), lease, health, metrics, stop)


async def _steer_while_leading(
    settings: ArbitratorSettings,
    js: JetStreamContext,
    workers: Workers,
    lease: Lease,
    health: Health,
    metrics: ArbitratorMetrics,
    stop: asyncio.Event,
) -> None:
    policy = _policy(settings)
    states: dict[str, State] = {}  # what it remembers of each kind while it leads
    steered = [spec for spec in SPECS.values() if spec.steered]
    while not stop.is_set():
        try:
            if lease.held():
                there, bucket = await workers.alive(), await js.key_value(keys.BUCKET)
                for spec in steered:
                    await _steer(js, bucket, spec, policy, states, there, lease, metrics)
            else:
                states.clear()
                metrics.stands_by()
            health.failures = 0
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            health.failed(why := await explained(js, error))
            log.warning("no look at the queue: %s", why)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), settings.arbitrator_interval)


async def _steer(
    js: JetStreamContext,
    bucket: KeyValue,
    spec: JobSpec,
    policy: Policy,
    states: dict[str, State],
    workers: Sequence[WorkerInfo],
    lease: Lease,
    metrics: ArbitratorMetrics,
) -> None:
    """One look at one kind, and what follows from it."""
    prefix = spec.steered or spec.kind
    queue = await look(js, spec, workers)
    state = states.get(spec.kind) or await recall(bucket, policy, State(), prefix)
    decision = policy.decide(queue, state, time.monotonic())
    states[spec.kind] = decision.state
    await write(bucket, decision.policy, decision.reason, lease.held, prefix)
    if prefix == keys.WEAVER:  # the one that the dashboards show
        metrics.decided(decision.policy, queue.average_wait)


def _policy(settings: ArbitratorSettings) -> Policy:
    if settings.arbitrator_policy == "slo":
        return slo(settings.slo_seconds, settings.quality_floor)
    return THRESHOLDS
