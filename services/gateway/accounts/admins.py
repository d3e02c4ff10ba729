"""Who is an admin: accounts that `proteus admins` named. No route changes that."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.db.models import User


async def list_admins(engine: AsyncEngine) -> list[tuple[str, str]]:
    """Address and id of each, by address."""
    query = select(User.email, User.id).where(User.is_admin, User.email.is_not(None)).order_by(User.email)
    async with engine.connect() as connection:
        return [(email or "", user_id) for email, user_id in await connection.execute(query)]


async def set_admin(engine: AsyncEngine, email: str, *, admin: bool) -> str | None:
    """Let the account be one, or no longer, from its next request on. Its id; None when there is no such account."""
    change = update(User).where(User.email == email).values(is_admin=admin).returning(User.id)
    async with engine.begin() as connection:
        return (await connection.execute(change)).scalar_one_or_none()
