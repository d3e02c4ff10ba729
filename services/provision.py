"""Everything that must be there before the services run: streams and buckets, the S3 bucket, tables."""

from collections.abc import Mapping

from services.gateway.db.migrate import migrate
from services.settings import NatsSettings, StorageSettings
from services.storage import open_store
from streams.connection import connect_once
from streams.provision import provision


async def provision_all(environment: Mapping[str, str]) -> None:
    """Streams, consumers, buckets, CORS and the database schema; safe to repeat."""
    lower = {name.lower(): value for name, value in environment.items()}
    nats_settings = NatsSettings(nats_url=environment["NATS_URL"])
    client = await connect_once(nats_settings.nats_url)
    try:
        await provision(client.jetstream(timeout=10), int(environment.get("PROTEUS_NATS_REPLICAS", "1")))
    finally:
        await client.close()
    fields = {name: lower[name] for name in StorageSettings.model_fields if name in lower}
    async with open_store(StorageSettings(**fields)) as store:  # type: ignore[arg-type]
        # Uploads carry their permission in the URL; any page that was handed one may use it.
        await store.provision(["*"])
    await migrate(environment["DATABASE_URL"])
