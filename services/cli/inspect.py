"""`proteus inspect FILE`: what a picture's file says of how it was made."""

from pathlib import Path
from typing import Annotated

import typer

_WORDS = {
    "compositeWithTrainedAlgorithmicMedia": "a photograph into which a trained model painted",
    "trainedAlgorithmicMedia": "made by a trained model",
    "composite": "put together of several pictures",
    "compositeSynthetic": "put together of several pictures, some of them synthetic",
    "compositeCapture": "put together of several photographs",
    "algorithmicallyEnhanced": "a photograph, altered by an algorithm",
    "digitalCapture": "a photograph",
}


def inspect(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A picture.")],
) -> None:
    """Say what a picture's file says of how it was made; exit with 1 when it says nothing."""
    from PIL import Image, UnidentifiedImageError

    from inference.marks import read

    try:
        with Image.open(file) as picture:
            picture.load()  # in a PNG a packet may lie behind the pixels
            mark = read(picture)
            typer.echo(f"{picture.format}, {picture.width}x{picture.height}")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        typer.echo(f"{file.name} could not be read as a picture: {error}", err=True)
        raise typer.Exit(2) from None
    if mark is None or mark.source is None:
        typer.echo("no mark: nothing in this file says how the picture was made")
        typer.echo(
            "every picture of Proteus has one when it is made; it was removed, or the picture is another's"
        )
        raise typer.Exit(1)
    typer.echo(f"digital source type: {mark.source}")
    typer.echo(f"that is: {_WORDS.get(mark.term or '', 'a term that this version does not know')}")
    if mark.tool:
        typer.echo(f"made with: {mark.tool}")
