"""Composes the gateway and runs it until told to stop."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import nats.errors
import nats.js.errors
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas import policy as policy_keys
from services.gateway import pages
from services.gateway.accounts.mail import MailServer, Postbox
from services.gateway.accounts.passwords import Passwords
from services.gateway.accounts.sessions import Tokens, ended_sessions
from services.gateway.admin import overview as overseeing
from services.gateway.admin import throughput, verdicts
from services.gateway.backlog import watch_backlog
from services.gateway.cached import Cached
from services.gateway.db.engine import DATABASE_ERRORS, is_database_away, open_engine
from services.gateway.db.migrate import migrate
from services.gateway.db.pooler import as_it_is_reached
from services.gateway.db.prepared_statements import open_pool
from services.gateway.events.ledger import Ledger, room, subscribe_ledger
from services.gateway.events.outbox import Relay
from services.gateway.jobs.queue_position import tell_places
from services.gateway.jobs.task_tokens import TaskTokens
from services.gateway.jobs.waiting import Endings
from services.gateway.limits.rate_limit import Meter
from services.gateway.metrics import GatewayMetrics
from services.gateway.middleware import REQUEST_ID, RequestContext
from services.gateway.objects.fetch import Fetcher
from services.gateway.objects.keys import SeenKeys
from services.gateway.openapi.application import app_with_routes
from services.gateway.readiness import Readiness
from services.gateway.recovery.reconciler import Reconciler
from services.gateway.recovery.sweep import sweep
from services.gateway.recovery.undeliverable import UndeliverableMessages
from services.gateway.settings import GatewaySettings
from services.gateway.site.routes import Pages
from services.gateway.sockets.hub import Hub
from services.gateway.starting import UntilStarted
from services.http_server import HttpServer
from services.probes import probe_app
from services.runner import Service, end_tasks
from services.settings import CostSettings, DatabaseSettings, NatsSettings, StorageSettings, load
from services.storage import open_store
from streams import subjects, topology
from streams.broker import make_broker
from streams.delivery.pull import IDLE_SECONDS, PullLoop
from streams.delivery.undeliverable import ADVISORIES
from streams.kv.live_workers import Workers
from streams.kv.policy import PolicyReader
from streams.provision import check_consumer, open_bucket, until_provisioned

log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
#: How long a socket may outlive its sign-in.
_SIGN_OUT_SECONDS = 5.0
_CHECK_SECONDS = 5.0


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

    async def say_goodbye() -> None:
        await stop.wait()
        if started.is_set():
            app.state.hub.close_all()

    started, closed = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.router.lifespan_context(app):
            app.state.awaited = None
            started.set()
            await closed.wait()

    life = asyncio.create_task(live())
    life.add_done_callback(lambda _: stop.set())  # it failed: there is nothing to serve
    farewell = asyncio.create_task(say_goodbye())
    # On a port that is not the public one: what they tell is the operator's.
    about = probe_app("gateway", app.state.registry, live=lambda: None, ready=lambda: None)
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
        async with contextlib.AsyncExitStack() as stack:
            store = await stack.enter_async_context(open_store(storage))
            app.state.awaited = "the database"
            await _migrate_when_there(database.database_url, partial(setattr, app.state, "awaited"))
            database_url = await as_it_is_reached(database.database_url)
            engine = open_engine(database_url)
            stack.push_async_callback(engine.dispose)
            pool = await stack.enter_async_context(open_pool(database_url))
            hubs: list[Hub] = []  # it needs the connection, and the connection tells it

            def pause() -> None:
                for hub in hubs:
                    hub.pause()

            broker = make_broker(nats_settings.servers, "gateway", on_disconnect=pause)
            app.state.awaited = "NATS"
            client = await broker.connect()
            stack.push_async_callback(_disconnect, broker)
            js = client.jetstream()

            def wait_on(what: str) -> None:
                app.state.awaited = what

            ledgers = partial(check_consumer, js, topology.RESULTS, topology.LEDGER)
            await until_provisioned(ledgers, wait_on)
            config = await until_provisioned(partial(open_bucket, js, policy_keys.BUCKET), wait_on)
            hub = Hub(js, metrics.sockets, metrics.events, app.state.task_tokens.vouch)
            hubs.append(hub)
            relay = Relay(pool, client, js)
            ledger = Ledger(engine, pool, client, js, store, relay.kick, metrics.moved)
            loop = PullLoop(
                subscribe_ledger(broker, ledger.write, ledger.refuse), room, idle_seconds=idle_seconds
            )
            lost = UndeliverableMessages(engine, js, relay.kick, metrics.reconciled)
            reconciler = Reconciler(engine, client, js, store, ledger, lost, relay.kick, metrics.reconciled)
            meter = app.state.meter = Meter(pool, settings.requests_per_minute)
            stack.callback(app.state.passwords.close)
            postbox = app.state.postbox = _postbox(settings)
            app.state.engine, app.state.store, app.state.nats = engine, store, client
            app.state.pool, app.state.seen_keys = pool, SeenKeys()
            app.state.policy = PolicyReader(config)
            ended = Cached(partial(throughput.ended_lately, engine), throughput.FRESH_SECONDS)
            looks = Cached(
                partial(overseeing.oversee, client, ended, gpu_hour_price), overseeing.FRESH_SECONDS
            )
            checked = Cached(partial(verdicts.checked_lately, engine), verdicts.FRESH_SECONDS)
            for close in (checked.close, ended.close, looks.close):
                stack.push_async_callback(close)
            app.state.operations, app.state.results_checked = looks, checked
            app.state.endings = Endings(engine)
            hub.on_end = app.state.endings.heard
            app.state.hub, app.state.relay, app.state.workers = hub, relay, Workers(client)
            readiness = app.state.readiness = Readiness(engine, store, client, metrics.up)
            feed = await client.subscribe(f"{subjects.LIVE}.>", cb=hub.on_message)
            await client.flush()
            with contextlib.suppress(
                nats.errors.Error, nats.js.errors.Error
            ):  # then a later look is the first
                await hub.check()
            advice = await client.subscribe(f"{ADVISORIES}.*.*", queue="gateways", cb=lost.on_advisory)
            await broker.start()
            tasks = [
                asyncio.create_task(relay.run()),
                asyncio.create_task(meter.run()),
                *([asyncio.create_task(postbox.run())] if postbox else ()),
                asyncio.create_task(readiness.run()),
                asyncio.create_task(_catch_up(client, hub)),
                asyncio.create_task(reconciler.run(settings.reconcile_seconds)),
                asyncio.create_task(_end_sockets(engine, hub)),
                asyncio.create_task(tell_places(engine, hub, app.state.workers, app.state.policy)),
                asyncio.create_task(watch_backlog(engine, js, metrics)),
                asyncio.create_task(sweep(engine, store, settings.retention_days)),
            ]
            log.info("ready")
            try:
                yield
            finally:
                await loop.stop()
                await loop.join(10)
                await end_tasks(*tasks, *hub.mending)
                with contextlib.suppress(nats.errors.Error):
                    await feed.unsubscribe()
                    await advice.unsubscribe()

    app = app_with_routes(lifespan)
    app.state.settings, app.state.registry, app.state.asyncapi = settings, registry, asyncapi
    app.state.site = Pages(settings)
    app.state.fetcher, app.state.passwords = fetcher or Fetcher(), passwords or Passwords()
    app.state.awaited = "its start"  # None once it is through
    lifetime = timedelta(hours=settings.session_hours)
    access = timedelta(minutes=settings.access_minutes)
    secret = settings.jwt_secret.get_secret_value()
    app.state.tokens, app.state.task_tokens = Tokens(secret, lifetime, access), TaskTokens(secret)
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


def _postbox(settings: GatewaySettings) -> Postbox | None:
    """None where no mail is sent."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return Postbox(MailServer(settings.smtp_url.get_secret_value(), settings.mail_from))


async def _migrate_when_there(url: str, awaited: Callable[[str], None]) -> None:
    """Migrate, waiting for a database that is not up yet. ``awaited`` is told what is waited for."""

    def tell(what: str) -> None:
        log.info("waiting for %s", what)
        awaited(what)

    while True:
        try:
            await migrate(url, tell)
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("waiting for the database: %s", error)
            awaited("the database")
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


async def _catch_up(client: Any, hub: Hub) -> None:
    """Core subscriptions miss what is published while disconnected; the stream still has it."""
    seen = client.stats["reconnects"]  # a count, since a short break may lie between two looks
    checked = time.monotonic()
    while True:
        await asyncio.sleep(0.5)
        if not client.is_connected:
            continue
        if client.stats["reconnects"] != seen:
            seen = client.stats["reconnects"]
            await hub.catch_up()
        elif time.monotonic() - checked > _CHECK_SECONDS:
            checked = time.monotonic()
            try:
                await hub.check()
            except (nats.errors.Error, nats.js.errors.Error) as error:
                log.info("events not checked: %s", str(error) or type(error).__name__)


async def _end_sockets(engine: AsyncEngine, hub: Hub) -> None:
    """A sign-out on any replica closes the sockets on this one."""
    while True:
        await asyncio.sleep(_SIGN_OUT_SECONDS)
        sessions = hub.sessions()
        if sessions:
            with contextlib.suppress(*DATABASE_ERRORS):  # away: nobody can sign out either
                hub.end(await ended_sessions(engine, sessions))


async def _disconnect(broker: Any) -> None:
    try:
        await asyncio.wait_for(broker.stop(), 5)
    except (nats.errors.Error, TimeoutError) as error:
        log.warning("connection not drained: %s", error)
