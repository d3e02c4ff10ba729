"""The loop around the policy: look, decide, write what changed."""

import asyncio
import logging
import time
from dataclasses import replace
from functools import partial

import nats.errors
import nats.js.errors
from nats.js.kv import KeyValue
from prometheus_client import CollectorRegistry

from schemas import policy as keys
from schemas.jobs import SPECS
from schemas.policy import WeaverPolicy, pin_key, write_value
from services.arbitrator.decision import Policy, State
from services.arbitrator.lag import look
from services.arbitrator.metrics import ArbitratorMetrics
from services.arbitrator.queues import watch_queues
from services.arbitrator.settings import ArbitratorSettings
from services.arbitrator.slo import slo
from services.arbitrator.thresholds import THRESHOLDS
from services.probes import probe_app
from services.runner import Service, end_tasks, serve_http
from services.settings import NatsSettings, load
from streams.alive import Workers
from streams.broker import connect
from streams.policy_kv import get_text, parse_policy

log = logging.getLogger(__name__)

#: Looks that may fail in a row before it asks to be restarted.
_FAILURES = 60
_TIMEOUT = 3.0
#: The keys that tell of a policy's level.
_LEVEL = {keys.BATCH_SIZE, keys.MODE, keys.QUALITY}


def compose() -> Service:
    """The arbitrator with settings from the environment. Raises SettingsError."""
    return partial(run, load(ArbitratorSettings), load(NatsSettings))


async def run(settings: ArbitratorSettings, nats_settings: NatsSettings, stop: asyncio.Event) -> None:
    """Steer every steered job kind until ``stop``. Two may run: they see the same queue and recall the same."""
    client = await connect(nats_settings.servers, "arbitrator")
    registry = CollectorRegistry()
    metrics = ArbitratorMetrics(registry)
    failures = 0

    app = probe_app(
        "arbitrator",
        registry,
        live=lambda: "the queue could not be read for a while" if failures > _FAILURES else None,
        ready=lambda: None if client.is_connected and failures == 0 else "not connected",
    )
    serving = asyncio.create_task(serve_http(app, settings.probe_host, settings.probe_port, stop))
    watching = asyncio.create_task(watch_queues(client.jetstream(timeout=_TIMEOUT), metrics))
    try:
        js = client.jetstream(timeout=_TIMEOUT)
        policy, state, workers = _policy(settings), State(), Workers(client)
        (spec,) = (spec for spec in SPECS.values() if spec.steered)
        while not stop.is_set():
            try:
                queue = await look(js, spec, await workers.alive())
                bucket = await js.key_value(keys.BUCKET)
                state = await recall(bucket, policy, state)
                decision = policy.decide(queue, state, time.monotonic())
                state = decision.state
                await write(bucket, decision.policy, decision.reason)
                metrics.decided(decision.policy, queue.average_wait)
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
        await asyncio.gather(serving, end_tasks(watching), return_exceptions=True)
        await client.close()


def _values(policy: WeaverPolicy) -> dict[str, str]:
    return {key: write_value(getattr(policy, field)) for key, field in keys.FIELDS.items()}


def _policy(settings: ArbitratorSettings) -> Policy:
    if settings.arbitrator_policy == "slo":
        return slo(settings.slo_seconds, settings.quality_floor)
    return THRESHOLDS


async def recall(bucket: KeyValue, policy: Policy, state: State) -> State:
    """What the keys say was decided last, by whichever arbitrator: so two agree, and a restart forgets nothing.

    A pinned key says nothing of that; there one's own memory stays.
    """
    written = {key: await get_text(bucket, key) for key in keys.KEYS}
    known = {key: value for key, value in written.items() if value}
    pinned = {key for key in keys.KEYS if await get_text(bucket, pin_key(key))}
    decided = parse_policy(known)
    level = policy.level_of(decided)
    if known.keys() - pinned >= _LEVEL and level is not None and level != state.held.level:
        state = replace(state, held=replace(state.held, level=level, low_since=None))
    if keys.DEGRADED_MODE in known.keys() - pinned and decided.degraded_mode != state.degraded:
        state = replace(state, degraded=decided.degraded_mode, calm_since=None)
    return state


async def write(bucket: KeyValue, policy: WeaverPolicy, reason: str) -> None:
    """Write the keys that changed, and why; a key with a pin is the operator's and left alone."""
    changed = False
    for key, value in _values(policy).items():
        if await get_text(bucket, key) == value or await get_text(bucket, pin_key(key)):
            continue
        await bucket.put(key, value.encode())
        log.info("%s = %s (%s)", key, value, reason)
        changed = True
    if changed:
        await bucket.put(keys.REASON, reason.encode())
