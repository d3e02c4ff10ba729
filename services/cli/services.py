"""One service in the foreground: what a container runs."""

from collections.abc import Callable

import typer


def gateway() -> None:
    """Run the gateway: HTTP and WebSockets."""
    from services.asyncapi import asyncapi_document
    from services.gateway.app import compose
    from services.runner import run_service

    run_service("gateway", lambda: compose(asyncapi_document()))


def worker(pool: str) -> Callable[[], None]:
    """The command of this pool's workers."""

    def run() -> None:
        from services.runner import run_service
        from services.worker.compose import compose

        run_service(pool, lambda: compose(pool))

    return run


def arbitrator() -> None:
    """Run the arbitrator: turns demand into batch size."""
    from services.arbitrator.app import compose
    from services.runner import run_service

    run_service("arbitrator", compose)


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
        "DATABASE_URL": str(database.database_url),
        **{
            name.upper(): value
            for name, value in storage.model_dump(exclude={"aws_secret_access_key"}).items()
            if value is not None
        },
        "AWS_SECRET_ACCESS_KEY": storage.aws_secret_access_key.get_secret_value(),
    }
    try:
        asyncio.run(provision_all(environment))
    except (OSError, nats.errors.Error, StoreUnavailable, TimeoutError) as error:
        typer.echo(f"proteus provision: a server does not answer: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo("streams, consumers, buckets, CORS and tables are there")
