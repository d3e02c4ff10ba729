"""What operators' commands do to accounts: on the system's database, with one line for what goes wrong."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

Email = Annotated[str, typer.Argument(help="The e-mail address that the account signed up with.")]


def on_database(command: str, action: Callable[[Any], Awaitable[None]]) -> None:
    """Call ``action`` with a database engine. Exits with 1 and one line when the database does not answer."""
    import asyncio

    from sqlalchemy.exc import ProgrammingError

    from services.cli.connection import address
    from services.connection_string import parsed, pooled
    from services.gateway.db.engine import DATABASE_ERRORS, open_engine
    from services.running import data_dir

    url = address("DATABASE_URL")
    if url is None:
        raise stop(command, f"DATABASE_URL is not set, and no `proteus up` of yours runs on {data_dir()}")

    try:
        where = parsed(url).hosts
    except ValueError as error:
        raise stop(command, f"DATABASE_URL: {error}") from None

    async def main() -> None:
        engine = open_engine(pooled(url), pool_size=1)
        try:
            await asyncio.wait_for(action(engine), 20)
        finally:
            await engine.dispose()

    try:
        asyncio.run(main())
    except ProgrammingError:
        raise stop(
            command, "the database's schema is older than this version: run `proteus provision`"
        ) from None
    except DATABASE_ERRORS as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise stop(command, f"the database at {where} does not answer: {why}") from None


def known_email(command: str, email: str) -> str:
    """The form in which the account has it. Exits with 1 and one line for what is no address."""
    from pydantic import TypeAdapter, ValidationError

    from schemas.api import users

    try:
        return TypeAdapter(users.Email).validate_python(email)
    except ValidationError:
        why = f"{email!r} is no e-mail address; a guest has none and has to sign up first"
        raise stop(command, why) from None


def stop(command: str, why: str) -> typer.Exit:
    """Says why; to be raised."""
    typer.echo(f"proteus {command}: {why}", err=True)
    return typer.Exit(1)
