"""What an image has, as an environment of its own: the packages of requirements/base.txt and this project, no more."""

import re
import sys
import tomllib
import venv
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]


def locked(lock: Path) -> set[str]:
    """The names in a lock file, for this platform or not."""
    return {_normal(name) for name in re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)}


def make_environment(place: Path) -> Path:
    """A virtual environment in ``place`` whose files are links to those installed here; its interpreter."""
    venv.create(place, with_pip=False)
    (packages,) = place.glob("lib/python*/site-packages")
    wanted = locked(ROOT / "requirements/base.txt")
    for distribution in distributions(path=[entry for entry in sys.path if entry.endswith("site-packages")]):
        if _normal(distribution.metadata["Name"]) in wanted:
            _link(distribution, packages)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        (packages / package).symlink_to(ROOT / package)
    about = packages / f"proteus-{project['project']['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: proteus\nVersion: {project['project']['version']}\n")
    return place / "bin/python"


def _link(distribution: Distribution, packages: Path) -> None:
    for file in distribution.files or ():
        if ".." not in file.parts:  # programs beside the interpreter
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(Path(str(distribution.locate_file(file))))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
