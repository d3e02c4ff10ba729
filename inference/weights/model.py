"""What a model consists of: its repositories, their files and their licences."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from inference.engine import LicenseClass


@dataclass(frozen=True)
class File:
    """A file of a repository. ``size`` in bytes, to the precision known; ``target`` where its name changes here."""

    source: str
    size: int
    sha256: str | None = None
    target: str | None = None


@dataclass(frozen=True)
class Source:
    """A repository of the hub at a revision, and the folder below the weight directory that it fills.

    Of ``folders``, whatever lies in them; together ``size`` bytes, about. A revision that is no commit is not pinned:
    the pull takes the newest. Its large files are compared with the SHA-256 that the hub announces for each, and from
    then on every file with what was recorded at that pull.
    """

    repo: str
    revision: str
    folder: str
    license: str
    files: tuple[File, ...] = ()
    folders: tuple[str, ...] = ()
    size: int = 0

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit."""
        return len(self.revision) == 40

    def place(self, file: File) -> PurePosixPath:
        """Where a file lies, relative to the weight directory."""
        return PurePosixPath(self.folder, file.target or file.source)


@dataclass(frozen=True)
class Model:
    """What an engine loads. ``vram_gb`` is an estimate for one picture of the largest size."""

    name: str
    title: str
    kind: str  # the job kind whose engine loads it
    engine: str
    license: str
    license_class: LicenseClass
    vram_gb: float
    sources: tuple[Source, ...]
    note: str | None = None  # shown before it is pulled

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(source.size + sum(file.size for file in source.files) for source in self.sources)
