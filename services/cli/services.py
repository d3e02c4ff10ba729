"""One service in the foreground: what a container runs. Its probes answer before the rest of it is imported."""

from collections.abc import Callable

import typer


def gateway() -> None:
    """Run the gateway: HTTP and WebSockets."""
    from services.gateway.settings import GatewaySettings
    from services.runner import Begun, Service, run_service
    from services.settings import load

    def begin() -> Begun:
        settings = load(GatewaySettings)
        public, probes = settings.public_server(), settings.probe_server()

        def compose() -> Service:
            from services.asyncapi.document import asyncapi_document
            from services.gateway.app import compose

            return compose(settings, asyncapi_document(), public, probes)

        return (public, probes), compose

    run_service("gateway", begin)


def worker(pool: str) -> Callable[[], None]:
    """The command of this pool's workers."""

    def run() -> None:
        from services.http_server import HttpServer
        from services.runner import Begun, Service, run_service
        from services.settings import load
        from services.worker.settings import WorkerSettings

        def begin() -> Begun:
            settings = load(WorkerSettings)
            probes = HttpServer(settings.probe_host, settings.probe_port)

            def compose() -> Service:
                from services.worker.compose import compose

                return compose(pool, settings, probes)

            return (probes,), compose

        run_service(pool, begin)

    return run


def arbitrator() -> None:
    """Run the arbitrator: turns demand into batch size."""
    from services.arbitrator.settings import ArbitratorSettings
    from services.http_server import HttpServer
    from services.runner import Begun, Service, run_service
    from services.settings import load

    def begin() -> Begun:
        settings = load(ArbitratorSettings)
        probes = HttpServer(settings.probe_host, settings.probe_port)

        def compose() -> Service:
            from services.arbitrator.app import compose

            return compose(settings, probes)

        return (probes,), compose

    run_service("arbitrator", begin)


def provision() -> None:
    """Make or update streams, consumers, buckets, CORS and the database schema. Safe to repeat."""
    import asyncio
    import os

    import nats.errors

    from services.provision import provision_all
    from services.settings import DatabaseSettings, NatsSettings, SettingsError, StorageSettings, load
    from services.storage import StoreUnavailable

    try:
        found = load(NatsSettings), load(StorageSettings), load(DatabaseSettings)
    except SettingsError as error:
        typer.echo(f"proteus provision: {error}", err=True)
        raise typer.Exit(2) from None
    nats_settings, storage, database = found
    environment = {
        **os.environ,
        "NATS_URL": nats_settings.nats_url,
        "PROTEUS_NATS_REPLICAS": str(nats_settings.replicas),
        "DATABASE_URL": database.database_url,
        **{
            name.upper(): value
            for name, value in storage.model_dump(exclude={"aws_secret_access_key"}).items()
            if value is not None
        },
        "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
    }
    try:
        asyncio.run(provision_all(environment))
    except StoreUnavailable as error:
        typer.echo(f"proteus provision: the object store: {error}", err=True)
        raise typer.Exit(1) from None
    except (OSError, nats.errors.Error, TimeoutError) as error:
        typer.echo(f"proteus provision: a server does not answer: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo("streams, consumers, buckets, CORS and tables are there")
