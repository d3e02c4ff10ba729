"""The loop around the policy: look, decide, write what changed; or stand by for the one that does."""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.kv import KeyValue
from prometheus_client import CollectorRegistry

from schemas import policy as keys
from schemas import workers as worker_keys
from schemas.jobs import SPECS
from schemas.jobs.base import JobSpec
from schemas.workers import WorkerInfo
from services.arbitrator.decision import Policy, State
from services.arbitrator.lag import look
from services.arbitrator.metrics import ArbitratorMetrics
from services.arbitrator.policy_keys import recall, write
from services.arbitrator.queues import watch_queues
from services.arbitrator.settings import ArbitratorSettings
from services.arbitrator.slo import slo
from services.arbitrator.thresholds import THRESHOLDS
from services.http_server import HttpServer
from services.probes import probe_app
from services.runner import Service, end_tasks
from services.settings import NatsSettings, load
from services.startup import Startup
from streams.connection import connect
from streams.kv.lease import Lease
from streams.kv.live_workers import Workers
from streams.provision import open_bucket
from streams.topology import LEASES

log = logging.getLogger(__name__)

#: Looks that may fail in a row before it asks to be restarted.
_FAILURES = 60
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
    client: Client | None = None  # for which the probes do not wait, and the lease needs it
    lease: Lease | None = None
    metrics = ArbitratorMetrics(registry, lambda: lease is not None and lease.held())
    failures = 0

    def not_live() -> str | None:
        if lease is None or max(failures, lease.failures) <= _FAILURES:
            return None
        return "the queue, or who leads, could not be read for a while"

    def not_ready() -> str | None:
        if client is None or lease is None:
            return startup.not_ready()
        ready = client.is_connected and failures == 0 and lease.failures == 0
        return None if ready else "not connected"

    app = probe_app("arbitrator", registry, live=not_live, ready=not_ready)
    server = probes or HttpServer(settings.probe_host, settings.probe_port)
    serving = asyncio.create_task(server.serve(app, stop))
    try:
        client = await startup.wait_for("NATS", connect(nats_settings.servers, "arbitrator"))
        js = client.jetstream(timeout=_TIMEOUT)
        for name in (LEASES, keys.BUCKET, worker_keys.BUCKET):
            await startup.provisioned(partial(open_bucket, js, name))
    except BaseException:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)
        if client is not None:
            await client.close()
        raise
    lease = Lease(client, "arbitrator")
    watching = asyncio.create_task(watch_queues(js, metrics))
    await lease.attempt()
    keeping = asyncio.create_task(lease.keep(stop))
    try:
        policy, workers = _policy(settings), Workers(client)
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
                failures = 0
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
                failures += 1
                log.warning("no look at the queue: %s", str(error) or type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), settings.arbitrator_interval)
            except TimeoutError:
                continue
    finally:
        stop.set()
        await asyncio.gather(serving, keeping, end_tasks(watching), return_exceptions=True)
        await client.close()


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
