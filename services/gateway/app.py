"""Composes the gateway and runs it until told to stop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, cast

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import CollectorRegistry

from services.gateway import pages
from services.gateway.accounts.passwords import Passwords
from services.gateway.accounts.sessions import Tokens
from services.gateway.jobs.task_tokens import TaskTokens
from services.gateway.lifespan import Servers, running
from services.gateway.metrics import GatewayMetrics
from services.gateway.middleware import REQUEST_ID, RequestContext
from services.gateway.objects.fetch import Fetcher
from services.gateway.openapi.application import app_with_routes
from services.gateway.parts import Parts
from services.gateway.settings import GatewaySettings
from services.gateway.site.routes import Pages
from services.gateway.starting import UntilStarted
from services.http_server import HttpServer
from services.probes import probe_app
from services.runner import Service, end_tasks
from services.settings import CostSettings, DatabaseSettings, NatsSettings, StorageSettings, load
from streams.delivery.pull import IDLE_SECONDS


def compose(
    settings: GatewaySettings, asyncapi: Mapping[str, Any], public: HttpServer, probes: HttpServer
) -> Service:
    """The gateway; the settings that it shares with others are read here. Raises SettingsError."""
    app = create_app(
        settings,
        nats_settings=load(NatsSettings),
        storage=load(StorageSettings),
        database=load(DatabaseSettings),
        asyncapi=asyncapi,
        gpu_hour_price=load(CostSettings).gpu_hour_price,
    )
    return partial(run, app, public, probes)


async def run(app: FastAPI, public: HttpServer, probes: HttpServer, stop: asyncio.Event) -> None:
    """Serve until ``stop``; sockets are closed first, so that clients come back elsewhere."""
    state = cast("Parts", app.state)

    async def say_goodbye() -> None:
        await stop.wait()
        if started.is_set():
            state.hub.close_all()

    started, closed = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            state.awaited = None
            started.set()
            await closed.wait()

    life = asyncio.create_task(live())
    life.add_done_callback(lambda _: stop.set())  # it failed: there is nothing to serve
    farewell = asyncio.create_task(say_goodbye())
    # On a port that is not the public one: what they tell is the operator's.
    about = probe_app("gateway", state.registry, live=lambda: None, ready=lambda: None)
    metrics = asyncio.create_task(probes.serve(about, stop))
    try:
        await public.serve(UntilStarted(app), stop)
    finally:
        stop.set()  # also where the port could not be had
        farewell.cancel()
        closed.set()
        await metrics
        if not started.is_set():
            await end_tasks(life)
        await asyncio.gather(life, return_exceptions=True)
    if not life.cancelled():
        life.result()


def create_app(
    settings: GatewaySettings,
    *,
    nats_settings: NatsSettings,
    storage: StorageSettings,
    database: DatabaseSettings,
    asyncapi: Mapping[str, Any],
    gpu_hour_price: float = 0.0,
    fetcher: Fetcher | None = None,
    passwords: Passwords | None = None,
    idle_seconds: float = IDLE_SECONDS,
) -> FastAPI:
    """The app; its lifespan connects, migrates, and runs the ledger, the outbox relay and the sockets' feed.

    An idle ledger looks every ``idle_seconds`` whether to stop.
    """
    registry = CollectorRegistry()
    metrics = GatewayMetrics(registry)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        servers = Servers(nats_settings, storage, database)
        async with running(state, servers, settings, metrics, gpu_hour_price, idle_seconds):
            yield

    app = app_with_routes(lifespan)
    state = cast("Parts", app.state)
    state.settings, state.registry, state.asyncapi = settings, registry, asyncapi
    state.site = Pages(settings)
    state.fetcher, state.passwords = fetcher or Fetcher(), passwords or Passwords()
    state.awaited = "its start"  # None once it is through
    lifetime = timedelta(hours=settings.session_hours)
    access = timedelta(minutes=settings.access_minutes)
    secret = settings.jwt_secret.get_secret_value()
    state.tokens, state.task_tokens = Tokens(secret, lifetime, access), TaskTokens(secret)
    pages.serve_web(app, settings)
    if settings.allowed_origins():
        app.add_middleware(
            CORSMiddleware,
            allow_origins=sorted(settings.allowed_origins()),
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["content-type", "authorization", "idempotency-key", "prefer", "traceparent"],
            expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy", REQUEST_ID],
        )
    public = storage.bucket_url(storage.s3_public_endpoint_url or storage.s3_endpoint_url)
    most = settings.max_upload_mb * 2**20
    app.add_middleware(RequestContext, seconds=metrics.requests, store_url=public, max_upload=most)
    return app
