"""`proteus admins`: who may open `/admin`."""

from typing import Any

import typer

from services.cli.database import Email, known_email, on_database, stop

app = typer.Typer(help="Who may look at and steer the system in the web app's /admin.", no_args_is_help=True)


def _set(email: str, *, admin: bool) -> None:
    from services.gateway.accounts.admins import set_admin

    known = known_email("admins", email)

    async def action(engine: Any) -> None:
        user_id = await set_admin(engine, known, admin=admin)
        if user_id is None:
            raise stop("admins", f"there is no account of {known}: sign up with it first")
        typer.echo(f"{known} is {'an' if admin else 'no'} admin from now on (account {user_id})")

    on_database("admins", action)


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

    on_database("admins", action)


@app.command()
def add(email: Email) -> None:
    """Make an account an admin."""
    _set(email, admin=True)


@app.command()
def remove(email: Email) -> None:
    """Make an admin an account like others."""
    _set(email, admin=False)
