"""`proteus admins`: who may open `/admin`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

app = typer.Typer(help="Who may look at and steer the system in the web app's /admin.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The e-mail address that the account signed up with.")]


def _run(action: Callable[[Any], Awaitable[None]]) -> None:
    """Call ``action`` with a database engine. Exits with 1 and one line when the database does not answer."""
    import asyncio
    from urllib.parse import urlsplit

    from sqlalchemy.exc import ProgrammingError

    from services.cli.connection import address
    from services.gateway.db.engine import DATABASE_ERRORS, open_engine

    url = address("DATABASE_URL")
    if url is None:
        raise _stop("DATABASE_URL is not set, and no `proteus up` of yours runs")

    async def main() -> None:
        engine = open_engine(url, pool_size=1)
        try:
            await asyncio.wait_for(action(engine), 20)
        finally:
            await engine.dispose()

    try:
        asyncio.run(main())
    except ProgrammingError:
        raise _stop("the database's schema is older than this version: run `proteus provision`") from None
    except DATABASE_ERRORS as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _stop(f"the database at {urlsplit(url).hostname} does not answer: {why}") from None


def _stop(why: str) -> typer.Exit:
    typer.echo(f"proteus admins: {why}", err=True)
    return typer.Exit(1)


def _set(email: str, *, admin: bool) -> None:
    from pydantic import TypeAdapter, ValidationError

    from schemas.api import users
    from services.gateway.accounts.admins import set_admin

    try:
        known = TypeAdapter(users.Email).validate_python(email)
    except ValidationError:
        raise _stop(f"{email!r} is no e-mail address; a guest has none and has to sign up first") from None

    async def action(engine: Any) -> None:
        user_id = await set_admin(engine, known, admin=admin)
        if user_id is None:
            raise _stop(f"there is no account of {known}: sign up with it first")
        typer.echo(f"{known} is {'an' if admin else 'no'} admin from now on (account {user_id})")

    _run(action)


@app.command("list")
def list_admins() -> None:
    """One line an admin."""

    async def action(engine: Any) -> None:
        from services.gateway.accounts.admins import list_admins

        found = await list_admins(engine)
        for email, user_id in found:
            typer.echo(f"{email}  {user_id}")
        if not found:
            typer.echo("no admins: `proteus admins add EMAIL` makes an account one", err=True)

    _run(action)


@app.command()
def add(email: Email) -> None:
    """Make an account an admin."""
    _set(email, admin=True)


@app.command()
def remove(email: Email) -> None:
    """Make an admin an account like others."""
    _set(email, admin=False)
