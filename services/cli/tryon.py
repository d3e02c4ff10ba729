"""`proteus tryon`: the main job from a terminal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.output import STREAM, NotSaved, check, save

if TYPE_CHECKING:
    from proteus_client import Event
    from schemas.jobs.try_on import GarmentPart

_PATIENCE = 180.0


def tryon(
    person: Annotated[
        Path, typer.Argument(help="Picture of a person: JPEG, PNG, WebP, AVIF or HEIC; - is standard input.")
    ],
    garment: Annotated[Path, typer.Argument(help="Picture of a garment; - is standard input.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where the result goes; - is standard output.")
    ] = Path("tryon.jpg"),
    url: Annotated[str | None, typer.Option(envvar="PROTEUS_URL", help="A running system.")] = None,
    tailor: Annotated[
        bool, typer.Option("--tailor", help="Cut the garment out of its picture first.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the result.")] = False,
    part: Annotated[
        str, typer.Option("--part", help="What the garment covers: upper, lower or overall.")
    ] = "upper",
    explain: Annotated[
        Path | None,
        typer.Option(
            "--explain",
            metavar="DIR",
            help="Run the preview engine here, and put a picture of each step there.",
        ),
    ] = None,
) -> None:
    """See a person wearing a garment. Starts a system for the one job when none is running."""
    import asyncio

    import httpx

    from proteus_client import JobFailed, ProteusError
    from services.cli.up import NotStarted

    covered = _part(part)
    if person == garment == STREAM:
        typer.echo("proteus tryon: standard input is one picture: name a file for the other", err=True)
        raise typer.Exit(2)
    if explain is None:
        try:
            check(output)
        except NotSaved as error:
            typer.echo(f"proteus tryon: {error}", err=True)
            raise typer.Exit(2) from None
    pictures = [_read(person), _read(garment)]
    if explain is not None:
        _explain(pictures[0][1], pictures[1][1], covered, explain)
        return
    try:
        asyncio.run(_somewhere(url, pictures, output, tailor, covered))
    except KeyboardInterrupt:
        typer.echo("cancelled", err=True)
        raise typer.Exit(130) from None
    except (JobFailed, ProteusError, NotSaved, NotStarted, TimeoutError) as error:
        typer.echo(f"proteus tryon: {error}", err=True)
        raise typer.Exit(1) from None
    except httpx.TransportError as error:
        typer.echo(
            f"proteus tryon: no answer from {url or 'the system'}: {error or type(error).__name__}", err=True
        )
        raise typer.Exit(1) from None
    if show and output != STREAM:
        typer.launch(str(output))


def _part(name: str) -> "GarmentPart":
    """Exits with 2 and one line when there is none of that name."""
    from schemas.jobs.try_on import GarmentPart

    try:
        return GarmentPart(name)
    except ValueError:
        typer.echo(f"proteus tryon: --part is {', '.join(GarmentPart)}, not {name}", err=True)
        raise typer.Exit(2) from None


def _read(path: Path) -> tuple[str, bytes]:
    """(name, bytes) of a picture. Exits with 2 and one line when it is none."""
    from schemas.api.vtons import TITLE_LENGTH
    from schemas.pictures import sniff

    try:
        body = sys.stdin.buffer.read() if path == STREAM else path.read_bytes()
    except OSError as error:
        typer.echo(f"proteus tryon: {path}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    if sniff(body) is None:
        why = "the file is empty" if not body else "not a JPEG, PNG, WebP, AVIF or HEIC picture"
        typer.echo(f"proteus tryon: {path}: {why}", err=True)
        raise typer.Exit(2)
    # A name may be any bytes but / and 0, and longer than a title.
    name = path.name.encode("utf-8", "replace").decode()[:TITLE_LENGTH]
    return name, body


def _explain(person: bytes, garment: bytes, part: "GarmentPart", folder: Path) -> None:
    """Pictures of the preview engine's steps, numbered. Exits with 1 and one line when it refuses."""
    from PIL import Image

    from inference.engines.tryon.warp.explain import explain
    from inference.engines.tryon.warp.garment import garment_of
    from inference.engines.tryon.warp.refuse import refuse
    from inference.errors import EngineUnavailable, PictureError
    from inference.garment.cut import cut_out
    from inference.person.analyse import analyst
    from inference.pictures import decode
    from inference.pixels import pixels_of

    try:
        photo = decode(person).convert("RGB")
        body, _ = refuse(analyst().look(pixels_of(photo)), part)
        steps = explain(photo, body, garment_of(cut_out(decode(garment), part).image), part)
        folder.mkdir(parents=True, exist_ok=True)
        for number, (name, picture) in enumerate(steps.items(), start=1):
            Image.fromarray(picture).save(folder / f"{number}-{name}.png")
    except (PictureError, EngineUnavailable, OSError) as error:
        typer.echo(f"proteus tryon: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{folder}: {', '.join(steps)}")


async def _somewhere(
    url: str | None, pictures: list[tuple[str, bytes]], output: Path, tailor: bool, part: "GarmentPart"
) -> None:
    """Against the system named, the one running here, or one started for this job."""
    from rich.console import Console

    from services.cli.up import own_system
    from services.running import data_dir, running_system

    console = Console(stderr=True, highlight=False)
    running = running_system(data_dir())
    if url or running or await _answers("http://127.0.0.1:8000"):
        address = url or (running or {}).get("url") or "http://127.0.0.1:8000"
        await _run(address, pictures, output, tailor, part, console)
        return
    console.print("no system is running here: starting one for this job (`proteus up` keeps one running)")
    async with own_system(lambda text: console.print(f"[dim]proteus:[/dim] {text}")) as own:
        await _run(own, pictures, output, tailor, part, console)


def _words(event: "Event") -> str:
    """How the job goes, for the head of the bar."""
    if event.status == "running":
        return f"trying on, step {event.step} of {event.steps}" if event.steps else "trying on"
    if not event.queue_position:
        return "queued"
    of = f" of {event.queue_length}" if event.queue_length else ""
    return f"queued, number {event.queue_position}{of}"


async def _answers(url: str) -> bool:
    """Whether a Proteus listens there."""
    import httpx

    try:
        async with httpx.AsyncClient(trust_env=False, timeout=1) as http:
            return "parts" in (await http.get(f"{url}/readyz")).json()
    except (httpx.HTTPError, ValueError):
        return False


async def _run(
    url: str,
    pictures: list[tuple[str, bytes]],
    output: Path,
    tailor: bool,
    part: "GarmentPart",
    console: Any,
) -> None:
    import asyncio
    import contextlib
    import os
    import time

    import httpx
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from proteus_client import ProteusError
    from services.cli.client import signed_in

    began = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("signing in", total=1.0)
        async with signed_in(url) as proteus:
            bar.update(task, description="uploading", completed=0.05)
            person, garment = await asyncio.gather(*(proteus.upload(body, name) for name, body in pictures))
            body = {"user_snap_s3": person, "uncleaned_outfit_s3": garment, "title": pictures[1][0]}
            vton = await proteus.request("POST", "/vton", json=body)
            asked = await proteus.submit_keys(
                person, garment, vton_id=vton["id"], clean=tailor, garment=part.value
            )
            bar.update(task, description="queued", completed=0.1)

            def report(event: "Event") -> None:
                bar.update(task, description=_words(event), completed=0.15 + 0.75 * event.progress)

            try:
                done = await proteus.wait(asked.id, report, patience=_PATIENCE)
            except asyncio.CancelledError:
                with contextlib.suppress(httpx.HTTPError, ProteusError):
                    await asyncio.wait_for(proteus.cancel(asked.id), 5)
                raise
            bar.update(task, description="downloading", completed=0.95)
            picture = await proteus.download(done)
        save(picture.content, output)
        bar.update(task, description="done", completed=1.0)
    job = done.raw
    engine = job["engine"] + (" (a preview, not a diffusion model's picture)" if job["preview"] else "")
    console.print(
        f"{escape(os.fsencode(output).decode('utf-8', 'replace'))}: engine {engine}, {time.monotonic() - began:.1f} s"
    )
