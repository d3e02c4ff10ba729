"""What every diffusion engine does around a forward pass: progress, cancellation, memory, faults of the device."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import torch

from inference.errors import EngineFatal, EngineFault, EngineUnavailable, PictureError

if TYPE_CHECKING:
    from inference.engine import Progress, Steps  # with the schemas, which a benchmark does without

log = logging.getLogger(__name__)

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")
#: Told the denoising steps done, and all; answers whether to go on.
OnStep = Callable[[int, int], bool]
#: Less than this between the darkest and the lightest of 255 levels is no picture.
_FLAT = 4


class PassStopped(Exception):
    """Everybody who wanted this batch has gone."""


def run_pass(
    rows: Sequence[Row],
    forward: Callable[[list[Row], OnStep], Sequence[Outcome]],
    progress: "Progress",
    free: Callable[[], None] = lambda: None,
) -> list[Outcome | PictureError]:
    """One forward pass; halved when memory does not suffice, after ``free`` has given up what can be made again.

    Steps are told of a pass that was not halved. A pass that everybody left is stopped: its outcomes are the error
    ``cancelled``. Raises EngineFault when one picture does not fit, EngineFatal after a fault of the device.
    """
    gone: frozenset[int] = frozenset()
    told = 0.0

    def go_on(fraction: float, steps: "Steps | None") -> bool:
        nonlocal gone, told
        told = max(told, fraction)  # a halved batch begins anew, its progress does not
        gone |= progress(told, steps)
        return len(gone) < len(rows)

    def halving(part: list[Row], start: float, share: float) -> list[Outcome | PictureError]:
        def on_step(done: int, steps: int) -> bool:
            # Of a half they are half of the truth: the other one takes as many.
            return go_on(start + share * done / steps, (done, steps) if len(part) == len(rows) else None)

        try:
            return [*forward(part, on_step)]
        except torch.OutOfMemoryError as error:
            if len(part) == 1:
                raise EngineFault("the GPU has too little memory for one picture") from error
        free()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        middle = len(part) // 2
        first = halving(part[:middle], start, share / 2)
        return first + halving(part[middle:], start + share / 2, share / 2)

    try:
        with device_faults():
            return halving(list(rows), 0.0, 1.0)
    except PassStopped:
        return [PictureError("cancelled", "The job was cancelled.") for _ in rows]


def run_rows(
    prepared: Sequence[Row | PictureError],
    kind: type[Row],
    forward: Callable[[list[Row], OnStep], Sequence[Outcome]],
    progress: "Progress",
    free: Callable[[], None] = lambda: None,
) -> list[Outcome | PictureError]:
    """As ``run_pass``, of those that could be prepared; the others keep their error."""
    rows = {n: one for n, one in enumerate(prepared) if isinstance(one, kind)}
    if not rows:
        progress(1.0)
        return [one for one in prepared if isinstance(one, PictureError)]
    wanted = frozenset(rows)
    made = iter(run_pass(list(rows.values()), forward, lambda *told: progress(*told) & wanted, free))
    return [one if isinstance(one, PictureError) else next(made) for one in prepared]


@contextmanager
def device_faults() -> Iterator[None]:
    """Make a fault of the device one that ends the process: nothing on it can be relied on any more."""
    try:
        yield
    except torch.AcceleratorError as error:
        raise EngineFatal(f"the GPU failed: {error}") from error


def check_pictures(pictures: torch.Tensor) -> None:
    """Raise EngineFault when any of (B,3,H,W), float, black to white in -1…1, has numbers that are none or is flat."""
    if not bool(torch.isfinite(pictures).all()):
        raise EngineFault(
            "the model made numbers that are no picture (NaN or infinite): nothing is delivered"
        )
    seen = pictures.float().clamp(-1, 1).flatten(1)
    if bool(((seen.amax(1) - seen.amin(1)) * 127.5 < _FLAT).any()):
        raise EngineFault("the model made a picture of one colour: nothing is delivered")


def enough_memory(free: int, needed_gb: float, title: str) -> None:
    """Raise EngineUnavailable when so many free bytes of a GPU are too few for one picture."""
    if free < needed_gb * 1e9:
        raise EngineUnavailable(
            f"{title} needs {needed_gb:g} GB of GPU memory and {free / 1e9:.1f} GB are free: end what else runs "
            "on the GPU, choose another with PROTEUS_DEVICE (cpu is slow), or PROTEUS_ENGINE=puppet for previews"
        )


def warm_up(
    sizes: Sequence[tuple[int, int]], counts: Sequence[int], run: Callable[[tuple[int, int], int], None]
) -> None:
    """Run every size (height, width) at every count once before the first job does."""
    for size in sizes:
        for count in counts:
            try:
                run(size, count)
            except torch.OutOfMemoryError:
                log.warning("%dx%d: a batch of %d does not fit and will be halved", *size, count)
                torch.cuda.empty_cache()
