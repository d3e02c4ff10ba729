"""`proteus dlq`: dead letters."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

app = typer.Typer(help="Dead letters: messages that will not be tried again.", no_args_is_help=True)

Sequence = Annotated[int, typer.Argument(help="The letter's number in `proteus dlq list`.")]


def _run(action: Callable[[Any], Awaitable[None]]) -> None:
    """Call ``action`` with a JetStream context. Exits with 1 and one line when NATS does not answer."""
    import asyncio

    import nats.errors
    import nats.js.errors

    from services.cli.connection import nats_address, why_not
    from streams.connection import connect_once

    url = nats_address("dlq")

    async def main() -> None:
        client = await connect_once(url)
        try:
            await asyncio.wait_for(action(client.jetstream()), 60)
        finally:
            await client.close()

    try:
        asyncio.run(main())
    except nats.js.errors.NotFoundError:
        typer.echo("proteus dlq: there is no such dead letter", err=True)
        raise typer.Exit(1) from None
    except (nats.errors.Error, OSError, TimeoutError) as error:
        typer.echo(f"proteus dlq: {asyncio.run(why_not(url, error))}", err=True)
        raise typer.Exit(1) from None


@app.command("list")
def list_letters() -> None:
    """One line a dead letter, oldest first."""

    async def action(js: Any) -> None:
        from rich.console import Console
        from rich.table import Table

        from streams.delivery.dead_letters import letters

        table = Table("number", "at", "stream", "job", "deliveries", "error")
        async for sequence, letter in letters(js):
            table.add_row(
                str(sequence), f"{letter.at:%Y-%m-%d %H:%M:%S}", letter.stream, letter.job_id or "",
                str(letter.deliveries), f"{letter.error.code}: {letter.error.message}",
            )  # fmt: skip
        Console().print(table if table.row_count else "no dead letters")

    _run(action)


@app.command()
def show(sequence: Sequence) -> None:
    """One dead letter, whole, as JSON."""

    async def action(js: Any) -> None:
        from streams.delivery.dead_letters import letter

        typer.echo((await letter(js, sequence)).model_dump_json(indent=1))

    _run(action)


@app.command()
def retry(sequence: Sequence) -> None:
    """Put its message back into its stream; its job is queued again."""

    async def action(js: Any) -> None:
        from services.cli.connection import address
        from services.connection_string import pooled
        from services.gateway.db.engine import open_engine
        from services.gateway.jobs.retry import NotRetried, retry_letter

        database = address("DATABASE_URL")
        engine = open_engine(pooled(database), pool_size=1) if database else None
        try:
            found = await retry_letter(js, engine, sequence)
        except NotRetried as why:
            typer.echo(f"proteus dlq: {why}", err=True)
            raise typer.Exit(1) from None
        finally:
            if engine is not None:
                await engine.dispose()
        queued = engine is not None and found.job_id
        typer.echo(
            f"{found.job_id} is queued again for {found.subject}"
            if queued
            else f"put back to {found.subject}"
        )

    _run(action)


@app.command()
def purge() -> None:
    """Drop every dead letter."""

    async def action(js: Any) -> None:
        from streams.delivery.dead_letters import purge as drop

        typer.echo(f"dropped {await drop(js)}")

    _run(action)
