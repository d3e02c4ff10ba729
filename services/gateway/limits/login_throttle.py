"""How often a password may be wrong: by account and address, so that nobody locks an account from afar.

The rows are in the table of buckets, by hashes: neither addresses nor accounts can be read from it.
"""

from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.prepared_statements import Prepared
from services.gateway.limits.token_bucket import Bucket, give_back, hashed, take

#: Wrong passwords at once, and then one every so many seconds…
ADDRESS = Bucket("sign-in-address", 30, 2.0)  # from one address, whatever the account
PAIR = Bucket("sign-in-pair", 10, 30.0)  # from one address, for one account
STRANGERS = Bucket("sign-in-account", 100, 30.0)  # for one account, from all the places where it is not known
DEVICE = Bucket("sign-in-device", 10, 30.0)  # on one device of the account's owner

_PLACE = "place"
_KNOWN = Prepared(text("SELECT 1 FROM buckets WHERE key = :key"))
_KNOW = Prepared(
    text("""
    INSERT INTO buckets (key, tokens, at) VALUES (:key, 0, clock_timestamp())
    ON CONFLICT (key) DO UPDATE SET at = clock_timestamp()""")
)
_FORGET = text("DELETE FROM buckets WHERE key LIKE 'place:%' AND at < now() - interval '90 days'")


@dataclass(frozen=True)
class Attempt:
    """A password that is about to be checked. ``taken`` is what a wrong one costs."""

    pool: asyncpg.Pool
    account: str
    address: str
    taken: tuple[tuple[Bucket, str], ...]

    async def succeeded(self) -> None:
        """It was right: it cost nothing, and the account is known at this address from now on."""
        for bucket, whose in self.taken:
            await give_back(self.pool, bucket, whose)
        await _KNOW.rows(self.pool, {"key": hashed(_PLACE, f"{self.account} {self.address}")})


async def attempt(pool: asyncpg.Pool, account: str, address: str, device: str | None) -> Attempt:
    """Before a password is checked. Raises 429 when too many were wrong.

    ``device`` is that of the account's owner which the request came from, when it proved to be one: what others
    did, there or elsewhere, does not count against it.
    """
    pair = f"{account} {address}"
    limits = [(DEVICE, f"{account} {device}")] if device else [(ADDRESS, address), (PAIR, pair)]
    if not device and not await _KNOWN.rows(pool, {"key": hashed(_PLACE, pair)}):
        limits.append((STRANGERS, account))
    for bucket, whose in limits:
        await take(pool, bucket, whose)
    return Attempt(pool, account, address, tuple(limits))


async def forget_places(engine: AsyncEngine) -> None:
    """Of those who have not signed in there for 90 days."""
    async with engine.begin() as connection:
        await connection.execute(_FORGET)
