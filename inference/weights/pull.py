"""From the hub, a mirror or a directory to the weight directory, resumably, and never a file that is another one."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from inference.weights.checksums import checksum, read_checksums, record_checksum
from inference.weights.hub import PullError, download, listing
from inference.weights.model import File, Model, Source
from inference.weights.placed import found, note, wanted

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
        commit, within = _of_folders(source, root, offline, revision)
        for file in (*source.files, *within):
            name = source.place(file).as_posix()
            pinned = None if revision else file.sha256
            if revision is None and _is_there(root, name, pinned):
                report(name, file.size, file.size)
                continue
            if offline is not None:
                brought = _find(offline, source, file, commit)
            else:
                brought = download(source.repo, file.source, commit, partial(report, name))
            digest = checksum(brought)
            if pinned is not None and digest != pinned:
                raise PullError(
                    f"{source.repo}/{file.source}: checksum {digest[:12]}… is not the published "
                    f"{pinned[:12]}…; to take another revision all the same, name it with --revision"
                )
            _place(brought, root / name)
            record_checksum(root, name, digest)
            size = brought.stat().st_size
            report(name, size, size)


def _of_folders(
    source: Source, root: Path, offline: Path | None, revision: str | None
) -> tuple[str, tuple[File, ...]]:
    """The revision to take, and the files of a source's folders: what its first pull found, else what is published.

    Raises PullError when a folder is empty.
    """
    asked = revision or source.revision
    if not source.folders:
        return asked, ()
    commit, names = (None, []) if revision else found(source, root)
    if commit is None:
        if offline is None:
            commit, listed = listing(source.repo, asked)
        else:
            place = _repository(offline, source, asked)
            commit = asked
            listed = tuple(
                path.relative_to(place).as_posix() for path in place.glob("*/**/*") if path.is_file()
            )
        names = sorted(name for name in listed if wanted(source, name))
        if absent := set(source.folders) - {name.partition("/")[0] for name in names}:
            raise PullError(f"{source.repo}/{min(absent)} is missing at {asked[:12]}")
        note(source, root, commit, names)
    return commit, tuple(File(name, 0) for name in names)


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
    ) + sum(source.size for source in model.sources if not (root / source.folder).is_dir())
    free = shutil.disk_usage(root).free
    if missing > free:
        raise PullError(
            f"{model.name} needs {missing / 1e9:.1f} GB and {root} has {free / 1e9:.1f} GB free: "
            "free some space or set PROTEUS_WEIGHTS_DIR"
        )


def _repository(offline: Path, source: Source, revision: str) -> Path:
    """Where a repository lies: ``org/name``, or the hub's own cache, ``models--org--name/snapshots/revision``."""
    for cache in (offline, offline / "hub"):
        repository = cache / f"models--{source.repo.replace('/', '--')}"
        reference = repository / "refs" / revision
        commit = reference.read_text().strip() if reference.is_file() else revision
        if (repository / "snapshots" / commit).is_dir():
            return repository / "snapshots" / commit
    return offline / source.repo


def _find(offline: Path, source: Source, file: File, revision: str) -> Path:
    """A file of it. Raises PullError."""
    for place in (_repository(offline, source, revision), offline / source.repo):
        if (place / file.source).is_file():
            return place / file.source
    raise PullError(
        f"{offline / source.repo / file.source} is missing, and {offline} is not a cache of the hub with "
        f"{source.repo} at {revision}"
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
