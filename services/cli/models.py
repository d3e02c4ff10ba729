"""`proteus models`: the weights, their licences, and where they lie."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inference.weights.model import Model, Source
    from services.worker.settings import WeightsSettings

app = typer.Typer(help="Model weights: names, licence, size, where they lie.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Models; what `auto` can use when left out.")]


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Every model that is known, and whether it is here; the packaged networks come with the installation."""
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from inference.weights import packaged
    from inference.weights.catalog import MODELS
    from inference.weights.placed import placed

    root = _settings().weights_dir
    if as_json:
        listed = [{**asdict(m), "size": m.size, "pulled": not _missing(m, root)} for m in MODELS.values()]
        typer.echo(json.dumps(listed, indent=2))
        return
    table = Table("model", "for", "here", "size", "VRAM", "licence", title=str(root))
    for model in MODELS.values():
        missing, files = _missing(model, root), len([*placed(model, root)])
        here = "yes" if not missing else "no" if len(missing) == files else f"{len(missing)} files missing"
        size, vram = f"{model.size / 1e9:.2f} GB", f"~{model.vram_gb:g} GB"
        table.add_row(model.name, model.kind, here, size, vram, model.license_class)
    for network in packaged.PACKAGED:
        here = "no" if packaged.missing((network,)) else "yes"
        table.add_row(network.path.stem, "built in", here, f"{network.size / 1e9:.2f} GB", "none", "open")
    Console().print(table)
    for model in MODELS.values():
        typer.echo(f"{model.name}: {model.title}, {model.license}")
        for source in model.sources:
            typer.echo(f"  {source.repo}@{source.revision[:12]}: {source.license}{_verified(source)}")
        if model.note:
            typer.echo(f"  {model.note}")
    for network in packaged.PACKAGED:
        typer.echo(f"{network.path.stem}: {network.title}, {network.license}")
        typer.echo(f"  {network.package}: {network.license}")


@app.command("recommend")
def recommend(
    gpu_gb: Annotated[
        float | None, typer.Option(help="GPU memory in GB; this machine's when left out.")
    ] = None,
    business: Annotated[
        bool, typer.Option("--business/--non-commercial", help="What the pictures are for.")
    ] = True,
) -> None:
    """Say in a sentence which model to pull."""
    from inference.weights import recommend as weights

    typer.echo(weights.recommend(weights.gpu_gb() if gpu_gb is None else gpu_gb, business))


@app.command("pull")
def pull(
    names: Names = None,
    offline: Annotated[
        Path | None,
        typer.Option("--from", help="Read from this directory, laid out like the hub or like its cache."),
    ] = None,
    revision: Annotated[
        str | None, typer.Option(help="Another revision than the pinned one; its checksums are recorded.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Accept the licences shown.")] = False,
) -> None:
    """Download weights, resumably. HF_HOME, HF_ENDPOINT and HF_TOKEN mean what they mean elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
    from rich.table import Column

    from inference.weights.hub import PullError
    from inference.weights.pull import pull as pull_model

    settings = _settings()
    models = _chosen(names)
    console = Console(stderr=True, highlight=False)
    for model in models:
        _accept(model, settings, yes)
    tasks: dict[str, TaskID] = {}
    column = Column(no_wrap=True, overflow="ellipsis", max_width=30)
    narrow = (DownloadColumn(table_column=Column(no_wrap=True)), TransferSpeedColumn(Column(no_wrap=True)))
    columns = (TextColumn("{task.description}", table_column=column), BarColumn(bar_width=12), *narrow)
    with Progress(*columns, console=console) as progress:

        def report(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task("/".join(Path(name).parts[-2:]), total=total)
            progress.update(tasks[name], completed=done, total=total)

        for model in models:
            try:
                pull_model(model, settings.weights_dir, report, offline=offline, revision=revision)
            except PullError as error:
                progress.stop()
                typer.echo(f"proteus models pull: {error}", err=True)
                raise typer.Exit(1) from None
            except OSError as error:
                progress.stop()
                typer.echo(f"proteus models pull: {settings.weights_dir}: {error}", err=True)
                raise typer.Exit(1) from None
    typer.echo(f"{', '.join(model.name for model in models)}: in {settings.weights_dir}")


@app.command("verify")
def verify(names: Names = None) -> None:
    """Read every file and compare it with what was pulled. Ends with 1 when one is missing or another."""
    from inference.weights.verify import verify as verify_model

    root = _settings().weights_dir
    wrong = False
    for model in _chosen(names):
        for finding in verify_model(model, root):
            typer.echo(f"ok    {finding.path}" if finding.wrong is None else f"WRONG {finding.wrong}")
            wrong |= finding.wrong is not None
    raise typer.Exit(int(wrong))


def _settings() -> "WeightsSettings":
    from services.settings import SettingsError, load
    from services.worker.settings import WeightsSettings

    try:
        return load(WeightsSettings)
    except SettingsError as error:
        typer.echo(f"proteus models: {error}", err=True)
        raise typer.Exit(2) from None


def _chosen(names: list[str] | None) -> list["Model"]:
    from inference.weights.catalog import DEFAULT, MODELS

    for name in names or ():
        if name not in MODELS:
            typer.echo(f"there is no model {name!r}: choose from {', '.join(MODELS)}", err=True)
            raise typer.Exit(2)
    return [MODELS[name] for name in names or DEFAULT]


def _accept(model: "Model", settings: "WeightsSettings", yes: bool) -> None:
    """Show the licences; what is for non-commercial use alone must be accepted, and that is remembered."""
    import sys

    from inference.weights.licences import accept, refusal

    typer.echo(f"{model.title}: {model.license} ({model.license_class}), {model.size / 1e9:.2f} GB", err=True)
    for source in model.sources:
        typer.echo(f"  {source.repo}: {source.license}{_verified(source)}", err=True)
    if model.note:
        typer.echo(f"  {model.note}", err=True)
    why = refusal(model, settings)
    if why is None:
        return
    if not yes and not sys.stdin.isatty():
        typer.echo(f"proteus models pull: {why}; or pass --yes", err=True)
        raise typer.Exit(1)
    if not yes and not typer.confirm("Is your use non-commercial, and do you accept this licence?", err=True):
        raise typer.Exit(1)
    accept(settings.weights_dir, model.license_class)


def _verified(source: "Source") -> str:
    """What is to be said where no revision is known to us."""
    if source.pinned:
        return ""
    return " (not pinned: the newest is pulled, compared with what the hub announces, and recorded)"


def _missing(model: "Model", root: Path) -> list[str]:
    from inference.weights.placed import placed

    return [name for name in placed(model, root) if not (root / name).is_file()]
