"""`proteus users`: what an operator does for somebody's account."""

import os
from typing import Any

import typer

from services.cli.database import Email, known_email, on_database, stop

app = typer.Typer(help="What an operator does for the accounts of others.", no_args_is_help=True)


@app.callback()
def users() -> None:
    """What an operator does for the accounts of others."""


@app.command()
def reset(email: Email) -> None:
    """Print a link that sets a new password, once and within an hour. Hand it to the account's owner alone."""
    known = known_email("users", email)

    async def action(engine: Any) -> None:
        from services.gateway.accounts.links import Purpose, issue, link

        async with engine.begin() as connection:
            token = await issue(connection, known, Purpose.PASSWORD)
        if token is None:
            raise stop("users", f"there is no account of {known}")
        typer.echo(link(_site(), Purpose.PASSWORD, token))

    on_database("users", action)


def _site() -> str:
    """Where people reach the system, as far as it is known here."""
    from services.running import data_dir, running_system

    found = running_system(data_dir()) or {}
    return os.environ.get("PROTEUS_PUBLIC_URL") or found.get("url") or "http://127.0.0.1:8000"
