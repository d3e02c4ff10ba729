"""Token buckets in PostgreSQL, where all replicas see them: how often something may happen before it has to wait."""

import hashlib
from dataclasses import dataclass
from math import ceil

from sqlalchemy import Float, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.errors import ApiError

_TAKE = text("""
    INSERT INTO buckets AS b (key, tokens, at) VALUES (:key, :burst - :many, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET
        tokens = LEAST(:burst, b.tokens + :rate * EXTRACT(EPOCH FROM clock_timestamp() - b.at)) - :many,
        at = clock_timestamp()
    WHERE LEAST(:burst, b.tokens + :rate * EXTRACT(EPOCH FROM clock_timestamp() - b.at)) >= :many
    RETURNING tokens""").bindparams(*(bindparam(name, type_=Float) for name in ("burst", "rate", "many")))
_GIVE_BACK = text("UPDATE buckets SET tokens = LEAST(:burst, tokens + 1) WHERE key = :key")
#: A bucket that nobody touched for so long is full again, whatever its size: as good as none.
_SWEEP = text("DELETE FROM buckets WHERE at < now() - interval '1 day'")


@dataclass(frozen=True)
class Bucket:
    """``burst`` at once, then one every ``seconds``."""

    name: str
    burst: int
    seconds: float

    def key(self, whose: str) -> str:
        """Says nothing of whose it is: addresses do not belong in a table of failures."""
        return f"{self.name}:{hashlib.sha256(whose.encode()).hexdigest()}"


async def take(engine: AsyncEngine, bucket: Bucket, whose: str, many: int = 1) -> None:
    """Take tokens. Raises 429 when there are not that many."""
    values = {"key": bucket.key(whose), "burst": bucket.burst, "rate": 1 / bucket.seconds, "many": many}
    async with engine.begin() as connection:
        taken = (await connection.execute(_TAKE, values)).first()
    if taken is None:
        seconds = ceil(bucket.seconds * many)
        raise ApiError(
            429,
            "too_many_attempts",
            f"Too many attempts. Wait {seconds} seconds and try again.",
            {"Retry-After": str(seconds)},
        )


async def give_back(engine: AsyncEngine, bucket: Bucket, whose: str) -> None:
    """It did not fail: the token was not needed."""
    async with engine.begin() as connection:
        await connection.execute(_GIVE_BACK, {"key": bucket.key(whose), "burst": bucket.burst})


async def sweep(engine: AsyncEngine) -> None:
    """Forget buckets that are full again."""
    async with engine.begin() as connection:
        await connection.execute(_SWEEP)
