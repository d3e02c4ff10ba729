"""What was pulled into a weight directory, by checksum, and which licence classes were accepted there."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inference.errors import EngineUnavailable
from inference.registry import EngineOptions
from inference.weights.catalog import Model

CHECKSUMS = "checksums.json"
ACCEPTED = "accepted.json"


@dataclass(frozen=True)
class Finding:
    """A file of a model: ``wrong`` is None when it is the one recorded. ``path`` is relative."""

    path: str
    wrong: str | None


def read_checksums(root: Path) -> dict[str, str]:
    """SHA-256 by file name, as recorded when the weights were pulled; empty when nothing was recorded."""
    return {str(k): str(v) for k, v in _read(root / CHECKSUMS).items()}


def record_checksum(root: Path, name: str, sha256: str) -> None:
    """Remember what a file is, for every later start."""
    _write(root / CHECKSUMS, {**read_checksums(root), name: sha256})


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


def verify(model: Model, root: Path) -> Iterator[Finding]:
    """Every file of a model against its record. Reads them all."""
    recorded = read_checksums(root)
    for source in model.sources:
        for file in source.files:
            name = source.place(file).as_posix()
            try:
                check_file(root, name, recorded)
            except EngineUnavailable as error:
                yield Finding(name, str(error))
            else:
                yield Finding(name, None if name in recorded else "no checksum was recorded: pull it")


def accepted(options: EngineOptions) -> frozenset[str]:
    """The licence classes accepted by setting, or at the prompt of an earlier pull."""
    stored = _read(options.weights_dir / ACCEPTED) if options.weights_dir else {}
    return options.allow_licenses | frozenset(stored)


def accept(root: Path, license_class: str) -> None:
    """Remember that the operator accepted a licence class for this weight directory."""
    _write(root / ACCEPTED, {**_read(root / ACCEPTED), license_class: datetime.now(UTC).isoformat()})


def refusal(model: Model, options: EngineOptions) -> str | None:
    """None when the model's licence class needs no acceptance or has it; else what to do about it."""
    if model.license_class != "noncommercial" or "noncommercial" in accepted(options):
        return None
    return (
        f"the weights of {model.title} are for non-commercial use only ({model.license}): "
        "set PROTEUS_ALLOW_LICENSES=noncommercial to say that yours is, "
        f"or accept at the prompt of `proteus models pull {model.name}`"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineUnavailable(f"{path}: cannot be read ({error})") from error
    if not isinstance(content, dict):
        raise EngineUnavailable(f"{path}: not a JSON object")
    return content


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
    draft.replace(path)
