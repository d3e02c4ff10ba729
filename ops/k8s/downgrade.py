"""Takes the schema back to a revision, for a version that knows no newer one (docs/upgrading.md).

Runs in a gateway of the newer version, which has the steps back:
kubectl -n proteus exec -i deploy/gateway -- python - REVISION < ops/k8s/downgrade.py
"""

import asyncio
import os
import sys

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.gateway.db import engine as database
from services.gateway.db.migrate import config_for


def back(connection: Connection, revision: str) -> None:
    """All steps or none: PostgreSQL changes schemas within the transaction."""
    command.downgrade(config_for(connection), revision)


async def main(revision: str) -> None:
    """On the database that the gateway uses."""
    engine = create_async_engine(
        database.DIALECT, connect_args=database.connect_args(os.environ["DATABASE_URL"], {})
    )
    try:
        async with engine.begin() as connection:
            await connection.run_sync(back, revision)
    finally:
        await engine.dispose()
    print(f"the schema is at revision {revision}: deploy the version that it belongs to now")  # noqa: T201


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(
            "which revision? The last one in services/gateway/db/migrations/versions of the older version"
        )
    asyncio.run(main(sys.argv[1]))
