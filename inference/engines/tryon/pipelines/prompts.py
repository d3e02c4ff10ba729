"""Prompts as a text encoder sees them, kept beside the weights: the prompts are fixed, the encoders are large."""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from inference.weights.checksums import read_checksums

log = logging.getLogger(__name__)

Embeddings = dict[str, Tensor]


def kept(
    root: Path, name: str, folders: tuple[str, ...], prompts: object, make: Callable[[], Embeddings]
) -> Embeddings:
    """What ``make`` gave for these prompts and for text encoders of these files, at this start or an earlier one.

    ``folders`` are those of the encoders, relative to the weight directory ``root``; ``prompts`` is JSON.
    """
    file = root / ".prompts" / f"{name}.safetensors"
    sums = {name: sha for name, sha in read_checksums(root).items() if name.startswith(folders)}
    key = hashlib.sha256(json.dumps([prompts, sums], sort_keys=True).encode()).hexdigest()
    try:
        with safe_open(file, "pt") as opened:
            if (opened.metadata() or {}).get("of") == key:
                return load_file(file)
    except (OSError, SafetensorError):
        pass  # there is none yet, or half of one
    made = make()
    try:
        file.parent.mkdir(exist_ok=True)
        draft = file.with_suffix(".part")
        save_file({k: v.contiguous().cpu() for k, v in made.items()}, draft, {"of": key})
        draft.replace(file)
    except OSError as error:  # of a directory that is for reading
        log.warning("%s is not kept, the next start encodes its prompts again: %s", file, error)
    return made
