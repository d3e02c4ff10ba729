"""`proteus admins`: who may open `/admin`."""

from pathlib import Path
from typing import Any

import typer

from services.cli.database import DataDir, Email, known_email, on_database, stop

app = typer.Typer(help="Who may look at and steer the system in the web app's /admin.", no_args_is_help=True)


def _set(email: str, data_dir: Path | None, *, admin: bool) -> None:
    from services.gateway.accounts.admins import set_admin

    known = known_email("admins", email)

    async def action(engine: Any) -> None:
        user_id = await set_admin(engine, known, admin=admin)
        if user_id is None:
            raise stop("admins", f"there is no account of {known}: sign up with it first")
        typer.echo(f"{known} is {'an' if admin else 'no'} admin from now on (account {user_id})")

    on_database("admins", action, data_dir)


@app.command("list")
def list_admins(data_dir: DataDir = None) -> None:
    """One line an admin."""

    async def action(engine: Any) -> None:
        from services.gateway.accounts.admins import list_admins

        found = await list_admins(engine)
        for email, user_id in found:
            typer.echo(f"{email}  {user_id}")
        if not found:
            typer.echo("no admins: `proteus admins add EMAIL` makes an account one", err=True)

    on_database("admins", action, data_dir)


@app.command()
def add(email: Email, data_dir: DataDir = None) -> None:
    """Make an account an admin."""
    _set(email, data_dir, admin=True)


@app.command()
def remove(email: Email, data_dir: DataDir = None) -> None:
    """Make an admin an account like others."""
    _set(email, data_dir, admin=False)
