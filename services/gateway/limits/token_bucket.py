"""Token buckets in PostgreSQL, where all replicas see them: how often something may happen before it has to wait."""

import hashlib
from dataclasses import dataclass
from math import ceil

import asyncpg
from sqlalchemy import Float, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.prepared_statements import Prepared
from services.gateway.errors import ApiError

_NOW = "LEAST(:burst, b.tokens + :rate * GREATEST(0, EXTRACT(EPOCH FROM clock_timestamp() - b.at)))"
#: A clock that was wrong filled it last: one may go on, and it fills again from there. Nobody waits for that hour.
_SET_BACK = "b.at > clock_timestamp() + interval '10 seconds'"
_FLOATS = tuple(bindparam(name, type_=Float) for name in ("burst", "rate", "many", "owed"))
_TAKE = Prepared(
    text(f"""
    INSERT INTO buckets AS b (key, tokens, at) VALUES (:key, :burst - :many - :owed, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET tokens = {_NOW} - :many - :owed, at = clock_timestamp()
    WHERE :many = 0 OR {_NOW} >= :many OR {_SET_BACK}
    RETURNING tokens""").bindparams(*_FLOATS)  # noqa: S608  the text is ours
)
_LOOK = Prepared(
    text(f"SELECT {_NOW} AS tokens FROM buckets b WHERE key = :key").bindparams(*_FLOATS[:2])  # noqa: S608
)
_GIVE_BACK = Prepared(
    text("UPDATE buckets SET tokens = LEAST(:burst, tokens + 1) WHERE key = :key").bindparams(_FLOATS[0])
)
#: A bucket that nobody touched for so long is full again, whatever its size: as good as none.
_SWEEP = text("DELETE FROM buckets WHERE at < now() - interval '1 day' AND key NOT LIKE 'place:%'")


@dataclass(frozen=True)
class Bucket:
    """``burst`` at once, then one every ``seconds``."""

    name: str
    burst: int
    seconds: float
    code: str = "too_many_attempts"
    what: str = "attempts"

    def key(self, whose: str) -> str:
        """Says nothing of whose it is: addresses do not belong in a table of failures."""
        return hashed(self.name, whose)


def hashed(name: str, whose: str) -> str:
    """A key of the table."""
    return f"{name}:{hashlib.sha256(whose.encode()).hexdigest()}"


async def take(pool: asyncpg.Pool, bucket: Bucket, whose: str, many: int = 1, owed: int = 0) -> float:
    """Take tokens; how many are left. Raises 429 when there are not that many.

    ``owed`` were spent before, and are taken beside them: the bucket may come to hold less than none.
    """
    limits = {"key": bucket.key(whose), "burst": float(bucket.burst), "rate": 1 / bucket.seconds}
    rows = await _TAKE.rows(pool, {**limits, "many": float(many), "owed": float(owed)})
    if rows:
        return float(rows[0]["tokens"])
    found = await _LOOK.rows(pool, limits)
    missing = many - float(found[0]["tokens"]) if found else 0.0
    seconds = max(1, ceil(bucket.seconds * missing))
    raise ApiError(
        429,
        bucket.code,
        f"Too many {bucket.what}. Wait {seconds} seconds and try again.",
        {"Retry-After": str(seconds)},
    )


async def give_back(pool: asyncpg.Pool, bucket: Bucket, whose: str) -> None:
    """It did not fail: the token was not needed."""
    await _GIVE_BACK.rows(pool, {"key": bucket.key(whose), "burst": float(bucket.burst)})


async def sweep(engine: AsyncEngine) -> None:
    """Forget buckets that are full again."""
    async with engine.begin() as connection:
        await connection.execute(_SWEEP)
