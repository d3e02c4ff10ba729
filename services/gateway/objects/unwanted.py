"""Objects that are to go: owed in the transaction that decided it, removed after it, and again until nothing can come.

The store may be away when somebody deletes: what is owed is removed as soon as it is back. An upload URL outlives the
account that asked for it, and so may a worker's job: what they still bring goes with the next look.
"""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from schemas.objects import EVERYONE, owner_of, user_of, user_prefix
from services.gateway.db.models import Garment, Job, UnwantedObject, User
from services.gateway.transitions.state import objects_of
from services.observability.log_limit import limited
from services.storage import ObjectStore, StoreUnavailable

log = limited(__name__)

_MOST = 200
#: Between two looks at what may still get objects.
_AGAIN = timedelta(seconds=60)
#: Of an upload that began just before its URL ran out.
_SLACK = timedelta(hours=1)
_USERS = 500


def owned_objects(job: Job) -> list[str]:
    """The objects that the job wrote, by its row: none but those of its own user's and made for this job."""
    keys = objects_of(job)
    return [
        key
        for key in keys
        if owner_of(key) == job.user_id and key.rpartition("/")[2].startswith((f"{job.id}.", f"{job.id}-"))
    ]


async def owe_results(db: AsyncSession, user_id: str, *which: ColumnElement[bool]) -> list[str]:
    """In the caller's transaction: what these jobs of the user's made goes, but for cut-outs that a garment wears."""
    made = (await db.execute(select(Job).where(Job.user_id == user_id, *which))).scalars()
    worn = select(Garment.cleaned_key).where(Garment.user_id == user_id)
    kept = set((await db.execute(worn)).scalars())
    keys = [key for job in made for key in owned_objects(job) if key not in kept]
    await owe_removal(db, keys)
    return keys


async def owe_removal(db: AsyncSession, prefixes: list[str], lasting: timedelta = timedelta(0)) -> None:
    """In the caller's transaction: everything below the prefixes goes, and what comes there for so long."""
    if prefixes:
        rows = [{"prefix": prefix, "until": func.now() + lasting} for prefix in sorted(prefixes)]
        await db.execute(insert(UnwantedObject).values(rows).on_conflict_do_nothing())


async def owe_erasure(db: AsyncSession, user_id: str, url_seconds: int) -> None:
    """Everything of a user, with what their upload URLs may still bring."""
    await owe_removal(db, [user_prefix(user_id)], timedelta(seconds=url_seconds) + _SLACK)


async def clear(engine: AsyncEngine, store: ObjectStore, prefixes: list[str] | None = None) -> int:
    """Remove what is owed: of these prefixes, or whatever is due; how many objects. Doing it twice does no harm.

    Raises StoreUnavailable; what is left is owed still.
    """
    due = select(UnwantedObject.prefix, UnwantedObject.until < func.now()).where(
        UnwantedObject.look_at <= func.now() if prefixes is None else UnwantedObject.prefix.in_(prefixes)
    )
    async with engine.connect() as connection:
        found = (await connection.execute(due.order_by(UnwantedObject.look_at).limit(_MOST))).all()
    removed = 0
    for prefix, over in found:
        removed += await store.delete_prefix(prefix)
        one = UnwantedObject.prefix == prefix
        done = (
            delete(UnwantedObject).where(one)
            if over
            else update(UnwantedObject).where(one).values(look_at=func.now() + _AGAIN)
        )
        async with engine.begin() as connection:
            await connection.execute(done)
    return removed


async def clear_soon(engine: AsyncEngine, store: ObjectStore, prefixes: list[str]) -> None:
    """For a route, after its commit: now if the store answers, and otherwise when it does."""
    try:
        await clear(engine, store, prefixes)
    except StoreUnavailable as error:
        log.warning("objects are removed later: %s", error)


async def clear_of_strangers(engine: AsyncEngine, store: ObjectStore) -> int:
    """Remove what lies under users who are not there, whatever brought it and however old it is; how many objects."""
    removed, some = 0, []
    async for folder in store.folders(EVERYONE):
        if (user_id := user_of(folder)) is not None:
            some.append(user_id)
        if len(some) == _USERS:
            removed += await _clear_strangers(engine, store, some)
            some = []
    return removed + await _clear_strangers(engine, store, some)


async def _clear_strangers(engine: AsyncEngine, store: ObjectStore, ids: list[str]) -> int:
    """``ids`` were read from the store before: whoever has signed up meanwhile is found in the table."""
    async with engine.connect() as connection:
        known = set((await connection.execute(select(User.id).where(User.id.in_(ids)))).scalars())
    return sum([await store.delete_prefix(user_prefix(user_id)) for user_id in ids if user_id not in known])
