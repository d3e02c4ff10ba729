"""What runs while the gateway does: connections, the ledger and the relay, and what looks after rows and sockets."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import nats.errors
from nats.aio.client import Client
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas import policy as policy_keys
from services.gateway.accounts.mail import MailServer, Postbox
from services.gateway.admin import overview as overseeing
from services.gateway.admin import throughput, verdicts
from services.gateway.admin.cached import Cached
from services.gateway.backlog import watch_backlog
from services.gateway.db.engine import is_database_away, open_engine
from services.gateway.db.migrate import migrate
from services.gateway.db.pooler import as_it_is_reached
from services.gateway.db.prepared_statements import open_pool
from services.gateway.events.forget import ForgottenLetters
from services.gateway.events.ledger import Ledger, room, subscribe_ledger
from services.gateway.events.outbox import Relay
from services.gateway.jobs.queue_position import LENGTHS_SECONDS, queue_lengths, tell_places
from services.gateway.jobs.waiting import Endings
from services.gateway.limits.rate_limit import Meter
from services.gateway.metrics import GatewayMetrics
from services.gateway.objects.keys import SeenKeys
from services.gateway.parts import Parts
from services.gateway.readiness import Readiness
from services.gateway.recovery.reconciler import Reconciler
from services.gateway.recovery.sweep import sweep
from services.gateway.recovery.undeliverable import UndeliverableMessages
from services.gateway.settings import GatewaySettings
from services.gateway.sockets.hub import Hub
from services.gateway.sockets.missed_events import catch_up, check
from services.gateway.sockets.sign_outs import end_signed_out
from services.runner import end_tasks
from services.settings import DatabaseSettings, NatsSettings, StorageSettings
from services.storage import open_store
from streams import subjects, topology
from streams.broker import disconnect, make_broker
from streams.connection import flush
from streams.delivery.pull import PullLoop
from streams.delivery.undeliverable import ADVISORIES
from streams.kv.live_workers import Workers
from streams.kv.policy import PolicyReader
from streams.provision import check_consumer, open_bucket, until_provisioned

log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0
#: For results that were fetched and are not written yet when it is told to end.
LEDGER_SECONDS = 10


@dataclass(frozen=True)
class Servers:
    """Where the gateway's servers are."""

    nats: NatsSettings
    storage: StorageSettings
    database: DatabaseSettings


@contextlib.asynccontextmanager
async def running(
    state: Parts,
    servers: Servers,
    settings: GatewaySettings,
    metrics: GatewayMetrics,
    gpu_hour_price: float,
    idle_seconds: float,
) -> AsyncIterator[None]:
    """Connect, migrate, and work in the background while the context is open.

    ``state`` gets what routes ask for; its ``awaited`` says what the start waits for. An idle ledger looks every
    ``idle_seconds`` whether to stop.
    """

    def wait_on(what: str) -> None:
        state.awaited = what

    async with contextlib.AsyncExitStack() as stack:
        store = state.store = await stack.enter_async_context(open_store(servers.storage))
        wait_on("the database")
        database_url = await _migrate_when_there(servers.database.database_url, wait_on)
        engine = state.engine = open_engine(database_url)
        stack.push_async_callback(engine.dispose)
        pool = state.pool = await stack.enter_async_context(open_pool(database_url))

        hubs: list[Hub] = []  # it needs the connection, and the connection tells it

        def pause() -> None:
            for hub in hubs:
                hub.pause()

        broker = make_broker(servers.nats.servers, "gateway", on_disconnect=pause)
        wait_on("NATS")
        client = state.nats = await broker.connect()
        stack.push_async_callback(disconnect, broker)
        js = client.jetstream()
        await until_provisioned(partial(check_consumer, js, topology.RESULTS, topology.LEDGER), wait_on)
        config = await until_provisioned(partial(open_bucket, js, policy_keys.BUCKET), wait_on)

        hub = state.hub = Hub(js, metrics.sockets, metrics.events, state.task_tokens.vouch)
        hubs.append(hub)
        endings = state.endings = Endings(engine)
        hub.on_end = endings.heard
        relay = state.relay = Relay(pool, client, js)
        ledger = Ledger(engine, pool, client, js, store, relay.kick, metrics.moved)
        loop = PullLoop(
            subscribe_ledger(broker, ledger.write, ledger.refuse), room, idle_seconds=idle_seconds
        )
        lost = UndeliverableMessages(engine, js, relay.kick, metrics.reconciled)
        reconciler = Reconciler(engine, client, js, store, ledger, lost, relay.kick, metrics.reconciled)
        meter = state.meter = Meter(pool, settings.requests_per_minute)
        postbox = state.postbox = _postbox(settings)
        forgotten = state.forgotten = ForgottenLetters(client)
        stack.callback(state.passwords.close)
        state.seen_keys = SeenKeys()
        policy, workers = PolicyReader(config), Workers(client)
        state.policy, state.workers = policy, workers
        readiness = state.readiness = Readiness(engine, store, client, metrics.up)
        _keep_looks(stack, state, client, engine, gpu_hour_price)

        feed = await client.subscribe(f"{subjects.LIVE}.>", cb=hub.on_message)
        await flush(client)
        await check(hub)
        advice = await client.subscribe(f"{ADVISORIES}.*.*", queue="gateways", cb=lost.on_advisory)
        await broker.start()
        work = [
            relay.run(),
            meter.run(),
            readiness.run(),
            catch_up(client, hub),
            reconciler.run(settings.reconcile_seconds),
            end_signed_out(engine, hub),
            forgotten.run(),
            tell_places(engine, hub, workers, policy, readiness.serves),
            watch_backlog(engine, js, metrics),
            sweep(engine, store, settings.retention_days),
        ]
        if postbox is not None:
            work.append(postbox.run())
        tasks = [asyncio.create_task(each) for each in work]
        log.info("ready")
        try:
            yield
        finally:
            await loop.stop()
            await loop.join(LEDGER_SECONDS)
            await end_tasks(*tasks, *hub.mending)
            with contextlib.suppress(nats.errors.Error):
                await feed.unsubscribe()
                await advice.unsubscribe()


def _keep_looks(
    stack: contextlib.AsyncExitStack, state: Parts, client: Client, engine: AsyncEngine, gpu_hour_price: float
) -> None:
    """What many look at, each kept for a while: ten open pages cost what one does."""
    lengths = Cached(partial(queue_lengths, engine), LENGTHS_SECONDS)
    ended = Cached(partial(throughput.ended_lately, engine), throughput.FRESH_SECONDS)
    operations = Cached(partial(overseeing.oversee, client, ended, gpu_hour_price), overseeing.FRESH_SECONDS)
    checked = Cached(partial(verdicts.checked_lately, engine), verdicts.FRESH_SECONDS)
    for close in (lengths.close, checked.close, ended.close, operations.close):
        stack.push_async_callback(close)
    state.queue_lengths, state.operations, state.results_checked = lengths, operations, checked


def _postbox(settings: GatewaySettings) -> Postbox | None:
    """None where no mail is sent."""
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    return Postbox(MailServer(settings.smtp_url.get_secret_value(), settings.mail_from))


async def _migrate_when_there(url: str, awaited: Callable[[str], None]) -> str:
    """Migrate, waiting for a database that is not up yet; the connection string as the database is reached.

    ``awaited`` is told what is waited for.
    """

    def tell(what: str) -> None:
        log.info("waiting for %s", what)
        awaited(what)

    while True:
        try:
            await migrate(url, tell)
            return await as_it_is_reached(url)
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("waiting for the database: %s", error)
            awaited("the database")
            await asyncio.sleep(_RETRY_SECONDS)
