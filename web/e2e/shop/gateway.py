"""One more gateway of a running system, as a shop has it: its settings come by the environment.

To the one that fetches garments by their addresses, this machine is the internet.
"""

from functools import partial

from services.asyncapi.document import asyncapi_document
from services.gateway.app import create_app, run
from services.gateway.objects.fetch import Fetcher
from services.gateway.settings import GatewaySettings
from services.runner import Begun, Service, run_service
from services.settings import DatabaseSettings, NatsSettings, StorageSettings, load


def begin() -> Begun:
    """Its servers, and how the rest of it is made."""
    settings = load(GatewaySettings)
    public, probes = settings.public_server(), settings.probe_server()

    def compose() -> Service:
        app = create_app(
            settings,
            nats_settings=load(NatsSettings),
            storage=load(StorageSettings),
            database=load(DatabaseSettings),
            asyncapi=asyncapi_document(),
            fetcher=Fetcher(reachable=lambda *_: True),
        )
        return partial(run, app, public, probes)

    return (public, probes), compose


run_service("gateway", begin)
