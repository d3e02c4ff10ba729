"""Of several replicas one does it at a time: a row that says whose turn it is, and until when.

Not a lock of the database's: that would hold a connection for as long as the work takes.
"""

from datetime import timedelta

from sqlalchemy import delete, func, or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.models import Turn


async def take_turn(engine: AsyncEngine, name: str, holder: str, seconds: float) -> bool:
    """Whether it is the holder's turn from now on, for so long at most."""
    lasting = timedelta(seconds=seconds)
    until = func.now() + lasting
    taken = (
        insert(Turn)
        .values(name=name, holder=holder, until=until)
        .on_conflict_do_update(
            index_elements=[Turn.name],
            set_={"holder": holder, "until": until},
            where=or_(
                Turn.until < func.now(),
                Turn.until > func.now() + 2 * lasting,  # by a clock that was set back since
                Turn.holder == holder,
            ),
        )
        .returning(Turn.name)
    )
    async with engine.begin() as connection:
        return (await connection.execute(taken)).first() is not None


async def end_turn(engine: AsyncEngine, name: str, holder: str) -> None:
    """The next one may begin."""
    async with engine.begin() as connection:
        await connection.execute(delete(Turn).where(Turn.name == name, Turn.holder == holder))
