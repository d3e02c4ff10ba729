"""PostgreSQL: the engine, and what its errors say of the server."""

import time
from collections.abc import Mapping
from typing import Any

from asyncpg import InterfaceError as DriverInterfaceError
from asyncpg import PostgresError
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services import held
from services.connection_string import parsed

#: A pooled connection unused for longer is pinged before it is used.
_IDLE_SECONDS = 1.0

#: Where a connection goes stands in its arguments.
DIALECT = "postgresql+asyncpg://"
#: What every connection of a gateway is opened with, whoever pools it; seconds.
DRIVER: dict[str, Any] = {
    "timeout": 3,
    "command_timeout": 10,
    "server_settings": {"application_name": "proteus"},
}


def open_engine(url: str, pool_size: int = 8) -> AsyncEngine:
    """A pool that notices dead connections and never waits for ever."""
    engine = create_async_engine(
        DIALECT,
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        connect_args=connect_args(url, DRIVER),
        hide_parameters=True,  # of a statement that fails: a person's measures are among them
    )
    _ping_the_idle(engine)
    _count_held(engine)
    return engine


def _ping_the_idle(engine: AsyncEngine) -> None:
    """Ping a connection before use when it has been idle, not each time as ``pool_pre_ping`` does.

    A round trip a request saved; a connection that was good a moment ago seldom dies, and one that does
    fails its request, after which the pool throws all of them away.
    """

    def returned(_connection: Any, record: Any) -> None:
        record.info["returned"] = time.monotonic()

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("returned", float("inf")) < _IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:  # whatever the driver says of a dead connection: take another
            raise DisconnectionError from error

    event.listen(engine.sync_engine, "checkin", returned)
    event.listen(engine.sync_engine, "checkout", taken)


def _count_held(engine: AsyncEngine) -> None:
    """Nobody is asked for anything by who holds one."""

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        record.info["held"] = held.take()

    def returned(_connection: Any, record: Any) -> None:
        if (by := record.info.pop("held", None)) is not None:
            held.give(by)

    event.listen(engine.sync_engine, "checkout", taken)
    event.listen(engine.sync_engine, "checkin", returned)


def connect_args(url: str, driver: Mapping[str, Any]) -> dict[str, Any]:
    """For SQLAlchemy, whose dialect keeps statements of its own beside the driver's."""
    wanted = parsed(url).arguments(driver)
    if "statement_cache_size" in wanted:
        wanted["prepared_statement_cache_size"] = wanted["statement_cache_size"]
    return wanted


#: SQLSTATE classes that pass: connection, resources, operator, system, and a lost race for a lock.
_PASSING = ("08", "53", "57", "58", "40")


#: What the driver and the pool raise; `is_database_away` tells an outage from a mistake.
DATABASE_ERRORS = (
    DBAPIError,
    PoolTimeout,
    PostgresError,
    DriverInterfaceError,
    OSError,
    TimeoutError,
)


def _sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code for it, whoever wrapped it."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else None


def is_lost_race(error: BaseException) -> bool:
    """Whether PostgreSQL ended the transaction for another one's sake: a deadlock, or a failure to serialize."""
    return _sqlstate(error) in ("40001", "40P01")


def is_content_refused(error: BaseException) -> bool:
    """Whether it was the values: no other time and no other server takes them."""
    cause = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, DriverInterfaceError) and isinstance(cause, ValueError):
        return True
    return (_sqlstate(error) or "")[:2] in ("22", "54")


def is_database_away(error: BaseException) -> bool:
    """Whether the server, and not the statement, is at fault."""
    if is_content_refused(error):
        return False
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError | TimeoutError):
        return True
    if isinstance(error, DriverInterfaceError):  # a closed connection, or a parameter that is no such value
        return not isinstance(error, ValueError)
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        state = getattr(cause, "sqlstate", None) or getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated or state is None or state[:2] in _PASSING
    return isinstance(error, PostgresError) and (error.sqlstate or "")[:2] in _PASSING
