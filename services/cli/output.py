"""Where a result goes: judged before the job, which takes long, and not after it."""

import os
import sys
from pathlib import Path

#: stdin and stdout, as other programs have it.
STREAM = Path("-")
_AS_IT_IS = ("", ".jpg", ".jpeg", ".jpe", ".jfif")
#: Of formats that carry the mark of how a picture was made, which `inference.marks` sees to.
_ENDS = (*_AS_IT_IS, ".png", ".webp", ".avif")


class NotSaved(Exception):
    """The result cannot be written; the message says why."""


def check(output: Path) -> None:
    """Make its folder. Raises NotSaved for a place or a name that no picture can have."""
    if output == STREAM:
        if sys.stdout.isatty():
            raise NotSaved("a picture is no text for a terminal: `-o FILE`, or send it on with | or >")
        return
    if output.suffix.lower() not in _ENDS:
        raise NotSaved(f"{output}: a result is one of {', '.join(_ENDS[1:])}, not {output.suffix}")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotSaved(f"{output.parent} cannot be made: {error.strerror}") from None
    try:
        if output.is_dir():
            raise NotSaved(f"{output} is a folder: name a file in it")
        target = output if output.exists() else output.parent
    except OSError as error:  # a name too long for the disk
        raise NotSaved(f"{output} cannot be made: {error.strerror}") from None
    if not os.access(target, os.W_OK):
        raise NotSaved(f"{target} may not be written")


def save(picture: bytes, output: Path) -> None:
    """Write a JPEG; as another format when the name asks for one. Raises NotSaved."""
    try:
        if output == STREAM:
            sys.stdout.buffer.write(picture)
            sys.stdout.buffer.flush()
        elif output.suffix.lower() in _AS_IT_IS:
            output.write_bytes(picture)
        else:
            from inference.credentials import has_manifest
            from inference.marks import save_as

            output.write_bytes(save_as(picture, output.name))
            if has_manifest(picture):
                sys.stderr.write(f"{output}: says how it was made, but is not signed as a .jpg is\n")
    except (OSError, ValueError) as error:
        raise NotSaved(f"{output} could not be written: {error}") from None
