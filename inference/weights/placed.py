"""A model's files where they lie: those that the catalog names, and those that a pull found in folders."""

from collections.abc import Iterator
from pathlib import Path

from inference.weights.checksums import read_json, write_json
from inference.weights.model import Model, Source

#: What engines read of a folder; the rest of it (pickles, pictures, other frameworks' weights) is left alone.
_READ = (".json", ".jinja", ".txt", ".model", ".safetensors")
#: What was found in folders at their first pull: by source, the commit and the names.
_FOUND = "found.json"


def placed(model: Model, root: Path) -> Iterator[str]:
    """Every file of a model, relative to the weight directory, there or not.

    Of a folder: what its first pull found, else what lies in it, else the folder itself.
    """
    for source in model.sources:
        for file in source.files:
            yield source.place(file).as_posix()
        _, names = found(source, root)
        for folder in source.folders:
            within = [name for name in names if name.startswith(f"{folder}/")] or _lying(source, folder, root)
            yield from (f"{source.folder}/{name}" for name in within or [folder])


def found(source: Source, root: Path) -> tuple[str | None, list[str]]:
    """The commit and the files, relative to the repository, of a source's first pull; None and nothing before it."""
    noted = read_json(root / _FOUND).get(source.folder)
    return (str(noted["commit"]), [str(name) for name in noted["files"]]) if noted else (None, [])


def note(source: Source, root: Path, commit: str, names: list[str]) -> None:
    """Remember what a pull is going to bring, so that one that broke off goes on with the same."""
    write_json(root / _FOUND, {**read_json(root / _FOUND), source.folder: {"commit": commit, "files": names}})


def wanted(source: Source, name: str) -> bool:
    """Whether a file of a repository is one that engines read of its folders."""
    return name.partition("/")[0] in source.folders and name.endswith(_READ)


def _lying(source: Source, folder: str, root: Path) -> list[str]:
    place = root / source.folder
    return sorted(
        path.relative_to(place).as_posix()
        for path in (place / folder).glob("**/*")
        if path.is_file() and path.suffix in _READ
    )
