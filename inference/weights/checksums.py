"""What was pulled into a weight directory, by checksum."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from inference.errors import EngineUnavailable

CHECKSUMS = "checksums.json"


def read_checksums(root: Path) -> dict[str, str]:
    """SHA-256 by file name, as recorded when the weights were pulled; empty when nothing was recorded."""
    return {str(k): str(v) for k, v in read_json(root / CHECKSUMS).items()}


def record_checksum(root: Path, name: str, sha256: str) -> None:
    """Remember what a file is, for every later start."""
    write_json(root / CHECKSUMS, {**read_checksums(root), name: sha256})


def checksum(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(root: Path, name: str, recorded: dict[str, str]) -> None:
    """Raise EngineUnavailable unless the file is there and, where a checksum is known, is the one pulled."""
    path = root / name
    if not path.is_file():
        raise EngineUnavailable(f"{path} is missing: run `proteus models pull`")
    if path.suffix in (".bin", ".pt", ".pth", ".ckpt", ".pkl"):
        raise EngineUnavailable(f"{path}: weights are read from safetensors alone, never from pickles")
    wanted = recorded.get(name)
    if wanted is not None and (found := checksum(path)) != wanted:
        raise EngineUnavailable(
            f"{path}: checksum {found[:12]}… is not the recorded {wanted[:12]}…: "
            "it is another file than the one pulled; run `proteus models pull` again"
        )


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object; empty when the file is not there. Raises EngineUnavailable when it is damaged."""
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{path}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise EngineUnavailable(f"{path}: not a JSON object")
    return content


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    draft.replace(path)
