"""PostgreSQL: the engine, and migrations under an advisory lock."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from schemas.jobs.base import JobStatus
from services.gateway.models import Job
from services.gateway.transitions import reflect

_LOCK = 0x70726F74  # any number that nobody else locks: "prot"


def open_engine(url: str, pool_size: int = 15) -> AsyncEngine:
    """A pool that notices dead connections and never waits long."""
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=5,
        pool_pre_ping=True,
        connect_args={
            "timeout": 3,
            "command_timeout": 10,
            "server_settings": {"application_name": "proteus"},
        },
    )


def async_url(url: str) -> str:
    """``postgresql://`` with the driver named."""
    _, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}"


async def migrate(database_url: str) -> None:
    """Bring the schema up to date. Replicas that start together take turns."""
    engine = create_async_engine(async_url(database_url), connect_args={"timeout": 5})
    try:
        async with asyncio.timeout(120), engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            try:
                await connection.commit()
                await connection.run_sync(_upgrade)
                await connection.commit()
            finally:
                await connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def requeue(database_url: str, job_id: str) -> bool:
    """failed → queued, for an operator who puts its request back; whether there was such a job."""
    engine = create_async_engine(async_url(database_url), connect_args={"timeout": 5})
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.status == JobStatus.FAILED)
        .values(status=JobStatus.QUEUED, error=None, finished_at=None)
        .returning(Job)
    )
    try:
        async with AsyncSession(engine, expire_on_commit=False) as db:
            job = (await db.execute(statement)).scalar_one_or_none()
            if job is not None and job.vton_id:
                await reflect(db, job.vton_id)
            await db.commit()
            return job is not None
    finally:
        await engine.dispose()
