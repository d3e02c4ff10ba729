"""The protocol of an engine: load, show an example, say what may share a batch, run a batch.

Engines are synchronous and run in a worker's thread. They know parameters and pixels, never messages.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from PIL import Image

from inference.errors import PictureError
from inference.marks import DigitalSource
from schemas.jobs.try_on import GarmentPart, Point, TryOnParams
from schemas.workers import ServiceTimes

LicenseClass = Literal["open", "restricted", "noncommercial"]
#: How far torch.compile is: nobody asked for it, it is at work while jobs run eagerly, they run compiled, it failed.
Compilation = Literal["off", "compiling", "compiled", "failed"]

Item = TypeVar("Item")
Out = TypeVar("Out", covariant=True)
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class EngineInfo:
    """What an engine says of itself. ``sizes`` are (height, width) in pixels, largest first; empty for any size."""

    name: str
    license: str
    license_class: LicenseClass
    device: str
    preview: bool = False
    sizes: tuple[tuple[int, int], ...] = ()
    steps: int = 1  # denoising steps of a job that names none
    memory_mb: int = 0  # that it takes when it is loaded, of whichever memory is scarce
    makes: DigitalSource = DigitalSource.COMPOSITE  # what is said of its pictures in their files
    max_batch: int | None = None  # in a forward pass; 1 where requests cannot be mixed
    sees: bool = True  # whether it matters what its pictures show
    seeds: bool = False  # whether another seed makes another picture
    expected: ServiceTimes | None = None  # of a pass, until this worker has measured its own


@dataclass(frozen=True)
class TryOnItem:
    """One try-on. ``person`` is RGB; ``garment`` is RGB, or RGBA when it was cut out."""

    person: Image.Image
    garment: Image.Image
    params: TryOnParams = field(default_factory=TryOnParams)
    max_long_side: int | None = None  # working size, in pixels; the result keeps the person's
    garment_key: str | None = None  # names the garment's content, for engines that keep what they made of it
    effort: float = 1.0  # share of the engine's own steps, for a job that names none


@dataclass(frozen=True)
class TryOnPicture:
    """RGB, of the person's size. ``seed``, ``steps`` and ``working_size`` are those used, None where meaningless.

    ``working_size`` is (height, width) in pixels; ``doubts`` are sentences for the user about what may look wrong.
    """

    image: Image.Image
    seed: int | None = None
    steps: int | None = None
    working_size: tuple[int, int] | None = None
    warnings: tuple[str, ...] = ()  # sentences for its user
    doubts: tuple[str, ...] = ()


def steps_of(item: TryOnItem, own: int) -> int:
    """The job's own denoising steps, or its share of the engine's ``own``; at least 1."""
    return item.params.steps or max(1, round(own * item.effort))


def size_of(item: TryOnItem, sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The first of an engine's ``sizes`` (largest first) within the item's limit; the last when none is."""
    limit = item.max_long_side or max(sizes[0])
    return next((size for size in sizes if max(size) <= limit), sizes[-1])


@dataclass(frozen=True)
class TailorItem:
    """One garment picture to cut out, RGB or RGBA."""

    picture: Image.Image
    part: GarmentPart = GarmentPart.UPPER


@dataclass(frozen=True)
class Cutout:
    """A trimmed RGBA picture. ``anchors`` as in schemas.jobs.tailor.TailorResult."""

    image: Image.Image
    low_confidence: bool = False
    anchors: tuple[Point, Point, Point, Point] | None = None


#: Denoising steps of a forward pass: those done, and all.
Steps = tuple[int, int]


class Progress(Protocol):
    """Called by an engine as it works: fraction of the forward pass done, 0…1, for the whole batch.

    ``steps`` where the pass is one of denoising steps, each for the whole batch. Returns the indices of items that
    were cancelled meanwhile; an engine may stop when all are.
    """

    def __call__(self, fraction: float, steps: Steps | None = None, /) -> frozenset[int]: ...


def one_by_one(
    items: Sequence[Given], work: Callable[[Given], Made], progress: Progress, begun: float = 0.0
) -> list[Made | PictureError]:
    """What ``work`` makes of each item, or why its picture cannot be used. ``begun`` is the share, 0…1, of the pass
    that is done by then."""
    outcomes: list[Made | PictureError] = []
    for number, item in enumerate(items, start=1):
        try:
            outcomes.append(work(item))
        except PictureError as error:
            outcomes.append(error)
        progress(begun + (1 - begun) * number / len(items))
    return outcomes


class Engine(Protocol[Item, Out]):
    """What a worker needs of an engine."""

    @property
    def info(self) -> EngineInfo: ...

    def load(self) -> None:
        """Make ready to run. Raises EngineUnavailable with what to do about it."""

    def example(self) -> Item:
        """A small valid item, for warm-up and for tests."""

    def bucket(self, item: Item, /) -> Hashable:
        """Items with equal buckets may share a forward pass."""

    def run(self, batch: Sequence[Item], progress: Progress, /) -> Sequence[Out | PictureError]:
        """One forward pass: an outcome per item, in order.

        Raises EngineFault when the machine is at fault.
        """


def preparation(engine: Engine[Any, Any]) -> Callable[[Any], Any] | None:
    """An engine's ``prepare``, if it has one: what it does to an item before its device is needed.

    It runs in another thread while a pass of others does, and gives an item that ``run`` takes as it takes one that
    was not prepared. What it raises, ``run`` raises or returns for that item.
    """
    found: Callable[[Any], Any] | None = getattr(engine, "prepare", None)
    return found


def compilation(engine: Engine[Any, Any]) -> Compilation:
    """An engine's ``compilation``, if it has one."""
    found: Compilation = getattr(engine, "compilation", "off")
    return found


def no_progress(_fraction: float, _steps: Steps | None = None, /) -> frozenset[int]:
    """A Progress for callers that do not care."""
    return frozenset()
