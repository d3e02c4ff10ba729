"""Statements compiled once give what the session gives, and no wait for the database is without end."""

from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import bindparam, insert, select

from schemas.ids import new_id
from services.gateway.db import prepared_statements as prepared
from services.gateway.db.engine import open_engine
from services.gateway.db.migrate import migrate
from services.gateway.db.models import Outbox, User
from services.gateway.db.prepared_statements import Prepared, open_pool, transaction

OWE = Prepared(
    insert(Outbox)
    .values({name: bindparam(f"b_{name}") for name in ("subject", "msg_id", "payload", "headers", "job_id")})
    .returning(Outbox.id)
)
OWED = Prepared(
    select(Outbox.payload, Outbox.headers, Outbox.job_id).where(
        Outbox.id == bindparam("b_id"), Outbox.subject.in_(["events.a", "events.b"])
    )
)
JOIN = Prepared(
    insert(User).values(id=bindparam("b_id"), email=bindparam("b_email")).returning(User.id, User.created_at)
)


@pytest.fixture
async def tables(database_url):
    """The URL of a database with the gateway's tables."""
    await migrate(database_url)
    return database_url


def _message(subject="events.a"):
    payload = {"text": "ü", "nested": [1, None, {"x": 0.5}]}
    return {
        "b_subject": subject, "b_msg_id": new_id(), "b_payload": payload, "b_headers": {}, "b_job_id": None,
    }  # fmt: skip


async def test_json_uuids_and_times_come_back_as_they_went(tables):
    async with open_pool(tables) as pool, transaction(pool) as connection:
        told = _message()
        ((number,),) = await OWE.rows(connection, told)
        (row,) = await OWED.rows(connection, {"b_id": number})
        assert dict(row) == {"payload": told["b_payload"], "headers": {}, "job_id": None}
        ((other,),) = await OWE.rows(connection, _message("events.c"))
        assert await OWED.rows(connection, {"b_id": other}) == []
        user = new_id()
        ((known, created),) = await JOIN.rows(connection, {"b_id": user, "b_email": f"{user}@example.com"})
        assert known == user
        assert abs((datetime.now(UTC) - created).total_seconds()) < 60
        await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [number, other])


async def test_what_a_transaction_did_before_it_failed_is_undone(tables):
    told = _message()
    async with open_pool(tables) as pool:
        with pytest.raises(asyncpg.UniqueViolationError):
            async with transaction(pool) as connection:
                await OWE.rows(connection, told)
                user = {"b_id": new_id(), "b_email": None}
                await JOIN.rows(connection, user)
                await JOIN.rows(connection, user)
        assert await pool.fetch("SELECT id FROM outbox WHERE msg_id = $1", told["b_msg_id"]) == []
        assert (await OWED.rows(pool, {"b_id": 0})) == []  # the connection is as good as before


@pytest.mark.parametrize("query", ["ssl=disable", "prepared_statement_cache_size=0", "command_timeout=60"])
async def test_an_address_may_say_what_it_may_say_to_the_session(tables, query):
    engine = open_engine(f"{tables}?{query}")
    async with engine.connect() as session, open_pool(f"{tables}?{query}") as pool:
        assert (await session.execute(OWED.statement, {"b_id": 0})).all() == await OWED.rows(
            pool, {"b_id": 0}
        )
    await engine.dispose()


async def test_nobody_waits_for_a_connection_without_end(tables, monkeypatch):
    monkeypatch.setattr(prepared, "_WAIT_SECONDS", 0.05)
    async with open_pool(tables, size=1) as pool, transaction(pool):
        with pytest.raises(TimeoutError):
            await OWED.rows(pool, {"b_id": 1})
