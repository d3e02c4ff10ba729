"""What the gateway consists of while it runs, by name and type: routes find it by ``parts_of``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from starlette.datastructures import State
from starlette.requests import HTTPConnection

if TYPE_CHECKING:  # it names the types of all and knows none of them
    from asyncpg import Pool
    from nats.aio.client import Client
    from prometheus_client import CollectorRegistry
    from sqlalchemy.ext.asyncio import AsyncEngine

    from schemas.api.operations import OperationsView
    from schemas.api.results_checked import ResultsChecked
    from services.gateway.accounts.mail import Postbox
    from services.gateway.accounts.passwords import Passwords
    from services.gateway.accounts.sessions import Tokens
    from services.gateway.admin.cached import Cached
    from services.gateway.events.forget import ForgottenLetters
    from services.gateway.events.outbox import Relay
    from services.gateway.jobs.task_tokens import TaskTokens
    from services.gateway.jobs.waiting import Endings
    from services.gateway.limits.rate_limit import Meter
    from services.gateway.objects.fetch import Fetcher
    from services.gateway.objects.keys import SeenKeys
    from services.gateway.readiness import Readiness
    from services.gateway.settings import GatewaySettings
    from services.gateway.site.routes import Pages
    from services.gateway.sockets.hub import Hub
    from services.storage import ObjectStore
    from streams.kv.live_workers import Workers
    from streams.kv.policy import PolicyReader


class Parts(State):
    """The app's state. What stands below ``awaited`` is there once that is None: no route is asked before."""

    settings: GatewaySettings
    asyncapi: Mapping[str, Any]
    registry: CollectorRegistry
    site: Pages
    fetcher: Fetcher
    passwords: Passwords
    tokens: Tokens
    task_tokens: TaskTokens
    awaited: str | None  # what the start waits for

    store: ObjectStore
    engine: AsyncEngine
    pool: Pool
    nats: Client
    hub: Hub
    endings: Endings
    relay: Relay
    forgotten: ForgottenLetters
    meter: Meter
    postbox: Postbox | None
    seen_keys: SeenKeys
    policy: PolicyReader
    workers: Workers
    readiness: Readiness
    queue_lengths: Cached[dict[tuple[str, str], int]]
    operations: Cached[OperationsView]
    results_checked: Cached[ResultsChecked]


def parts_of(request: HTTPConnection) -> Parts:
    """Of the gateway that was asked."""
    return cast("Parts", request.app.state)
