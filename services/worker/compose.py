"""A worker of one pool with settings from the environment."""

import logging
from dataclasses import replace
from functools import partial
from typing import Any

from inference.credentials import Credentials, CredentialsError, marker
from inference.credentials import load as load_credentials
from inference.engine import Engine
from inference.errors import EngineUnavailable
from inference.on_demand import MemoryBudget, OnDemand
from inference.registry import create
from schemas.jobs import BY_POOL, SPECS
from schemas.jobs.base import JobSpec
from services.http_server import HttpServer
from services.runner import Service
from services.settings import CostSettings, NatsSettings, SettingsError, StorageSettings, load
from services.worker.app import run_worker
from services.worker.heap import use_one_heap
from services.worker.kinds import handler
from services.worker.kinds.base import Engaged, JobHandler
from services.worker.kinds.inspector import Inspector, inspector_of
from services.worker.kinds.moderator import Moderator, moderator_of
from services.worker.settings import (
    OwnPaceSettings,
    WorkerSettings,
    engine_setting,
    kind_settings,
    read_options,
)

log = logging.getLogger(__name__)


def compose(pool: str, settings: WorkerSettings, probes: HttpServer) -> Service:
    """The worker of ``pool``; the settings that it shares with others are read here. Raises SettingsError."""
    specs = BY_POOL.get(pool, ())
    if not specs:
        raise SettingsError(f"no job kind of this version runs in the pool {pool}: there is nothing to do")
    use_one_heap()
    nats_settings, storage = load(NatsSettings), load(StorageSettings)
    # A pool of one kind has no other use for its memory.
    at_once = settings.preload or len(specs) == 1
    budget = MemoryBudget(settings.engine_memory_mb)
    engines: dict[str, tuple[Engine[Any, Any], str]] = {}
    engaged = []
    inspector, moderator = inspector_of(settings), moderator_of(settings)
    for spec in specs:
        own = load(kind_settings(spec))
        if spec.task not in engines:
            engine, reason = _engine(spec, own.engine)
            if not at_once:
                engine = OnDemand(partial(_fresh, spec, own.engine), budget)
            engines[spec.task] = engine, reason
        engine, reason = engines[spec.task]
        at_most = {"batch_size": own.batch_size} if isinstance(own, OwnPaceSettings) else {}
        told = _with(handler(spec.kind), inspector, moderator)
        looker = _looker() if told.look is not None and engine.info.sees else None
        engaged.append(Engaged(told, engine, reason, looker=looker, **at_most))
    price = load(CostSettings).gpu_hour_price if any(spec.steered for spec in specs) else 0.0
    mark = marker(credentials(settings))
    return partial(
        run_worker, engaged, settings, nats_settings, storage, mark=mark, gpu_hour_price=price, probes=probes
    )


def _with(handler: JobHandler, inspector: Inspector | None, moderator: Moderator | None) -> JobHandler:
    """Of a kind whose outcomes are judged, with the words of the operator's models."""
    if handler.judge is None:
        return handler
    if inspector is not None:
        handler = replace(handler, judge=replace(handler.judge, second=inspector.second))
    return handler if moderator is None else replace(handler, permits=moderator.permits)


def credentials(settings: WorkerSettings) -> Credentials | None:
    """What signs results; None where no certificate is set. Raises SettingsError when it cannot sign."""
    certificate, key = settings.c2pa_certificate, settings.c2pa_private_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError(
            "PROTEUS_C2PA_CERTIFICATE and PROTEUS_C2PA_PRIVATE_KEY: one is set without the other"
        )
    try:
        return load_credentials(certificate, key)
    except CredentialsError as error:
        raise SettingsError(f"PROTEUS_C2PA_CERTIFICATE: {error}") from None


def _looker() -> Engine[Any, Any]:
    """What checks photos elsewhere checks those of try-ons, too. Raises SettingsError."""
    spec = SPECS["photo_check"]
    engine, reason = _engine(spec, load(kind_settings(spec)).engine)
    log.info("photos are looked at with %s on %s: %s", engine.info.name, engine.info.device, reason)
    return engine


def _engine(spec: JobSpec, name: str) -> tuple[Engine[Any, Any], str]:
    try:
        return create(spec.task, name, read_options)
    except EngineUnavailable as error:
        raise SettingsError(f"{engine_setting(spec)}: {error}") from None


def _fresh(spec: JobSpec, name: str) -> Engine[Any, Any]:
    return _engine(spec, name)[0]
