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
    """Say what a picture's file says of how it was made, by XMP and by C2PA.

    Exits with 1 when it says nothing, or was changed after it was signed.
    """
    from PIL import Image, UnidentifiedImageError

    from inference.marks import read

    try:
        with Image.open(file) as picture:
            picture.load()  # in a PNG a packet may lie behind the pixels
            mark, kind = read(picture), picture.get_format_mimetype() or ""
            typer.echo(f"{picture.format}, {picture.width}x{picture.height}")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        typer.echo(f"{file.name} could not be read as a picture: {error}", err=True)
        raise typer.Exit(2) from None
    said = mark is not None and mark.source is not None
    if mark is not None and mark.source is not None:
        typer.echo(f"XMP: {_source(mark.source)}")
        if mark.tool:
            typer.echo(f"XMP: made with {mark.tool}")
    else:
        typer.echo("XMP: nothing in this file says how the picture was made")
    signed, sound = _manifest(file, kind)
    if not said and not signed:
        typer.echo(
            "no mark: every picture of Proteus has one when it is made; it was removed, or the picture is another's"
        )
    if not sound or not (said or signed):
        raise typer.Exit(1)


def _manifest(file: Path, kind: str) -> tuple[bool, bool]:
    """Say what the file's C2PA manifest says; whether there is one, and whether all of it holds."""
    from inference.credentials import CredentialsError, read

    try:
        manifest = read(file.read_bytes(), kind)
    except CredentialsError as error:
        typer.echo(f"C2PA: there is a manifest, which could not be read: {error}")
        return True, False
    if manifest is None:
        typer.echo("C2PA: no manifest; it was removed, or the picture was made where no certificate is set")
        return False, True
    typer.echo(f"C2PA: {_source(manifest.source) if manifest.source else 'no digital source type'}")
    typer.echo(f"C2PA: made with {manifest.maker}")
    typer.echo(f"C2PA: signed by {manifest.signer}; whether to trust them is not looked up")
    for fault in manifest.faults:
        typer.echo(f"C2PA: does not hold: {fault}")
    if not manifest.faults:
        typer.echo("C2PA: nothing was changed since")
    return True, not manifest.faults


def _source(given: str) -> str:
    from inference.marks import Mark

    meaning = _WORDS.get(Mark(given, None).term or "", "a term that this version does not know")
    return f"digital source type {given}, that is: {meaning}"
