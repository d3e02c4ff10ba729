"""The `proteus` command. Each command imports what it needs when it runs, so that `--help` is quick."""

import io
import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from schemas.pools import POOLS
from services.cli import bench, documents, fit, inspect, models, services, tryon, up
from services.cli.data_dir import DataDir, give_option
from services.cli.operators import admins, dlq, doctor, status, users

app = typer.Typer(
    name="proteus",
    help="Self-hosted, real-time virtual try-on.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("up")(up.up)
app.command("tryon")(tryon.tryon)
app.command("fit")(fit.fit)
app.command("inspect")(inspect.inspect)
app.command("status")(status.status)
app.command("doctor")(doctor.doctor)
app.command("provision")(services.provision)
for service in (services.gateway, services.arbitrator):
    app.command(service.__name__)(service)
for pool in POOLS:
    app.command(pool.name, help=pool.help)(services.worker(pool.name))
app.command("openapi")(documents.openapi)
app.command("asyncapi")(documents.asyncapi)
app.add_typer(dlq.app, name="dlq")
app.add_typer(admins.app, name="admins")
app.add_typer(users.app, name="users")
app.add_typer(models.app, name="models")
app.add_typer(bench.app, name="bench")
give_option(app)


def _show_version(wanted: bool) -> None:
    from importlib.metadata import version

    if wanted:
        typer.echo(f"proteus {version('proteus')}")
        raise typer.Exit


@app.callback()
def proteus(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it and end.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Self-hosted, real-time virtual try-on."""


def main() -> None:
    """The console script."""
    # The first process of a container gets no signal that it does not handle. Services take over when they run.
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a character is no reason to end.
            stream.reconfigure(errors="replace")
    app()


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
