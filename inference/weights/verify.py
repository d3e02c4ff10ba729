"""Every file of a model against what was recorded when it was pulled."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.errors import EngineUnavailable
from inference.weights.checksums import check_file, read_checksums
from inference.weights.model import Model
from inference.weights.placed import placed


@dataclass(frozen=True)
class FileFinding:
    """A file of a model: ``wrong`` is None when it is the one recorded. ``path`` is relative."""

    path: str
    wrong: str | None


def verify(model: Model, root: Path) -> Iterator[FileFinding]:
    """Every file of a model against its record. Reads them all."""
    recorded = read_checksums(root)
    for name in placed(model, root):
        try:
            check_file(root, name, recorded)
        except EngineUnavailable as error:
            yield FileFinding(name, str(error))
        else:
            yield FileFinding(name, None if name in recorded else "no checksum was recorded: pull it")
