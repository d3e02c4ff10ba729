"""What kustomize makes of an overlay or a component: the real one, of the kubectl that operators have."""

import subprocess
from pathlib import Path
from typing import Any

import yaml
from kubernetes_programs import program


def build(folder: Path) -> str:
    """`kubectl kustomize`, as text. Raises CalledProcessError with its complaint."""
    command = [program("kubectl"), "kustomize", folder]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, timeout=120).stdout


def compose(folder: Path) -> list[dict[str, Any]]:
    """Every document of the overlay in ``folder``."""
    return list(yaml.safe_load_all(build(folder)))
