"""From the hub, a mirror or a directory to the weight directory, resumably, and never a file that is another one."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from inference.weights.catalog import File, Model, Source
from inference.weights.checksums import checksum, read_checksums, record_checksum
from inference.weights.hub import PullError, download

#: Told of a file's name, the bytes that are there and the bytes that it has.
Report = Callable[[str, int, int], None]


def pull(
    model: Model,
    root: Path,
    report: Report,
    *,
    offline: Path | None = None,
    revision: str | None = None,
) -> None:
    """Bring every file of ``model`` below ``root`` and record its checksum. Raises PullError.

    ``offline`` is read instead of the hub. Another ``revision`` than the pinned one has other checksums: they
    are recorded, not compared.
    """
    root.mkdir(parents=True, exist_ok=True)
    _check_disk(model, root)
    for source in model.sources:
        for file in source.files:
            name = source.place(file).as_posix()
            pinned = None if revision else file.sha256
            if revision is None and _is_there(root, name, pinned):
                report(name, file.size, file.size)
                continue
            if offline is not None:
                found = _find(offline, source, file, revision or source.revision)
            else:
                found = download(source.repo, file.source, revision or source.revision, partial(report, name))
            digest = checksum(found)
            if pinned is not None and digest != pinned:
                raise PullError(
                    f"{source.repo}/{file.source}: checksum {digest[:12]}… is not the published "
                    f"{pinned[:12]}…; to take another revision all the same, name it with --revision"
                )
            _place(found, root / name)
            record_checksum(root, name, digest)
            size = found.stat().st_size
            report(name, size, size)


def _is_there(root: Path, name: str, pinned: str | None) -> bool:
    wanted = pinned or read_checksums(root).get(name)
    if wanted is None or not (root / name).is_file() or checksum(root / name) != wanted:
        return False
    record_checksum(root, name, wanted)
    return True


def _check_disk(model: Model, root: Path) -> None:
    """Half a file is of no use: say it before hours of download."""
    missing = sum(
        file.size
        for source in model.sources
        for file in source.files
        if not (root / source.place(file)).is_file()
    )
    free = shutil.disk_usage(root).free
    if missing > free:
        raise PullError(
            f"{model.name} needs {missing / 1e9:.1f} GB and {root} has {free / 1e9:.1f} GB free: "
            "free some space or set PROTEUS_WEIGHTS_DIR"
        )


def _find(offline: Path, source: Source, file: File, revision: str) -> Path:
    """A file in ``org/name/…`` or in the hub's own cache layout, ``models--org--name/snapshots/revision/…``."""
    for cache in (offline, offline / "hub"):
        repository = cache / f"models--{source.repo.replace('/', '--')}"
        reference = repository / "refs" / revision
        commit = reference.read_text().strip() if reference.is_file() else revision
        cached = repository / "snapshots" / commit / file.source
        if cached.is_file():
            return cached
    plain = offline / source.repo / file.source
    if plain.is_file():
        return plain
    raise PullError(
        f"{plain} is missing, and {offline} is not a cache of the hub with {source.repo} at {revision}"
    )


def _place(found: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy; never half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        os.link(found.resolve(), draft)
    except OSError:
        shutil.copyfile(found, draft)
    draft.replace(target)
