"""FASHN VTON as an engine: one canvas, so people of all sizes and garments of all kinds share a forward pass."""

import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from inference.engine import Compilation, EngineInfo, Progress, TryOnItem, TryOnPicture
from inference.engines.tryon import costs
from inference.engines.tryon.attention import Kernel, fastest
from inference.engines.tryon.compiling import BATCHES, Compiler, compile_modules, fill_up, keep_in
from inference.engines.tryon.eager_first import EagerFirst, described, twin
from inference.engines.tryon.fashn.canvas import Pixels
from inference.engines.tryon.fashn.network.blocks import DoubleBlock, SingleBlock
from inference.engines.tryon.fashn.network.loader import load, read_shape
from inference.engines.tryon.fashn.network.transformer import Network, Shape
from inference.engines.tryon.fashn.people import People, open_people
from inference.engines.tryon.fashn.pictures import PreparedItem, prepare, take_out
from inference.engines.tryon.fashn.sampling import Conditions, draw, sample, table, to_u8, to_unit
from inference.engines.tryon.passes import (
    OnStep,
    check_pictures,
    enough_memory,
    run_rows,
    warm_up,
)
from inference.errors import EngineUnavailable, PictureError
from inference.marks import DigitalSource
from inference.options import DiffusionOptions
from inference.weights.catalog import MODELS
from schemas.jobs.try_on import GarmentPart, TryOnParams

log = logging.getLogger(__name__)

STEPS, GUIDANCE = 30, 1.5
#: Where the working size is limited, the canvas stays and steps are saved: at most this share of them are taken.
_LIMITED = 0.6
CATEGORY = {GarmentPart.UPPER: 1, GarmentPart.LOWER: 2, GarmentPart.OVERALL: 3}
_NUMBERS = {"bf16": torch.bfloat16, "fp32": torch.float32}
_TABLES = 4
_MODEL = MODELS["fashn"]
Outcome = TryOnPicture | PictureError


class Fashn:
    """Pictures by FASHN VTON. Load before running; ``prepare`` alone may be called beside ``run``.

    ``compiler`` has blocks compiled where the options ask for it: torch's on a GPU, none on a CPU, when left out.
    """

    def __init__(
        self,
        options: DiffusionOptions,
        shape: Shape | None = None,
        people: Callable[[Path, int | None], People] = open_people,
        compiler: Compiler | None = None,
    ) -> None:
        self._options = options
        root = options.weights_dir
        self._shape = shape or (Shape() if root is None else read_shape(root))
        self._size = self._shape.height, self._shape.width
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._compiler = compiler
        self._networks: EagerFirst[Network] | None = None
        self._people, self._open_people = People(), people
        self._looking = Lock()  # the networks that look at people serve one thread
        self._tables: OrderedDict[int, Tensor] = OrderedDict()
        self._tabulating = Lock()

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "fashn",
            _MODEL.license,
            _MODEL.license_class,
            self._device,
            sizes=(self._size,),
            steps=STEPS,
            makes=DigitalSource.GENERATED,
            seeds=True,
            expected=costs.FASHN if self._device.startswith("cuda") else None,
        )

    @property
    def compilation(self) -> Compilation:
        """How far it is; jobs run meanwhile."""
        return "off" if self._networks is None else self._networks.state

    def load(self) -> None:
        """Raises EngineUnavailable: a file missing or wrong, numbers that it does not have, a GPU too small."""
        root = self._options.weights_dir
        if root is None:
            raise EngineUnavailable("no weight directory is set")
        cuda = self._device.startswith("cuda")
        name = self._options.dtype or ("bf16" if cuda else "fp32")
        if name not in _NUMBERS:
            raise EngineUnavailable(
                f"FASHN VTON has no {name}: set PROTEUS_DTYPE to bf16 or fp32, or leave it out"
            )
        if cuda:
            enough_memory(torch.cuda.mem_get_info(self._device)[0], _MODEL.vram_gb, _MODEL.title)
        network = load(root, self._shape, device=self._device, dtype=_NUMBERS[name])
        self._people = self._open_people(root, self._options.cpu_threads)
        log.info("poses: %s", self._people.source)
        self._networks = EagerFirst(network)
        if cuda:
            self._choose_kernel(network)
            self._warm_up(network, (1,))
        compiler = self._compiler or (compile_modules if cuda else None)
        if self._options.compile != "off" and compiler is not None:
            self._compile(self._networks, network, compiler, root / ".compiled")

    def _compile(
        self, networks: EagerFirst[Network], network: Network, compiler: Compiler, cache: Path
    ) -> None:
        """Beside the jobs: a network of the same weights, by blocks or whole."""

        def make() -> Network:
            keep_in(cache)
            other = twin(network)
            assert isinstance(other, Network)
            blocks = [m for m in other.modules() if isinstance(m, (SingleBlock, DoubleBlock))]
            compiler([other] if self._options.compile == "full" else blocks)
            return other

        how = described(
            self._device, self._options.compile, network.y_embedder.weight.dtype, self._shape, BATCHES
        )
        networks.compile(make, lambda made: self._warm_up(made, BATCHES), cache, "fashn", how)

    def _choose_kernel(self, network: Network) -> None:
        rows, columns = self._shape.grid
        shape = 2, self._shape.heads, 2 * rows * columns, self._shape.hidden // self._shape.heads
        none: Kernel = (None, None)
        kernel = next(iter(fastest(shape, torch.device(self._device), network.y_embedder.weight.dtype)), none)
        log.info("attention: %s", kernel)
        for module in network.modules():
            if isinstance(module, (SingleBlock, DoubleBlock)):
                module.kernel = kernel

    def _warm_up(self, network: Network, counts: Sequence[int]) -> None:
        """Run batches of each size once; with guidance at the first of two steps, without at the last."""
        grey = Image.new("RGB", self._size[::-1], "grey")
        item = TryOnItem(grey, grey, TryOnParams(steps=2, photo_type="flat_lay"))
        one = prepare(item, People(), self._size)

        def run(_size: tuple[int, int], count: int) -> None:
            self._sample([one] * count, lambda _done, _steps: True, network, filled=False)

        warm_up([self._size], counts, run)

    def example(self) -> TryOnItem:
        height, width = self._size
        grey, red = (Image.new("RGB", (width, height), colour) for colour in ("grey", "red"))
        return TryOnItem(grey, red, params=TryOnParams(steps=1))  # all of them take minutes on a CPU

    def bucket(self, item: TryOnItem, /) -> Hashable:
        """Steps, and whether there is guidance: what a forward pass has one of."""
        return _steps(item, max(self._size)), _guidance(item) > 1

    def prepare(self, item: TryOnItem, /) -> PreparedItem | PictureError:
        """All that is done before the GPU is needed; for one thread at a time."""
        with self._looking:
            try:
                return prepare(item, self._people, self._size)
            except PictureError as error:
                return error

    def run(
        self, batch: Sequence[TryOnItem | PreparedItem | PictureError], progress: Progress, /
    ) -> Sequence[Outcome]:
        """One forward pass; halved when memory does not suffice. Raises EngineFatal after a CUDA fault."""
        prepared = [self.prepare(item) if isinstance(item, TryOnItem) else item for item in batch]
        return run_rows(prepared, PreparedItem, self._forward, progress, self._tables.clear)

    def _forward(self, rows: list[PreparedItem], on_step: OnStep) -> list[TryOnPicture]:
        assert self._networks is not None, "load() first"
        network, compiled = self._networks.now
        seeds, steps, x = self._sample(rows, on_step, network, filled=compiled)
        check_pictures(x)
        pictures = to_u8(x).numpy()
        return [
            TryOnPicture(take_out(row, made), seed, steps, self._size, row.warnings)
            for row, made, seed in zip(rows, pictures, seeds, strict=True)
        ]

    def _sample(
        self, rows: list[PreparedItem], on_step: OnStep, network: Network, *, filled: bool
    ) -> tuple[list[int], int, Tensor]:
        """Seeds, steps, and (B,3,H,W) as the model made it, of a batch that was filled up or not."""
        items = [row.item for row in rows]
        steps = _steps(items[0], max(self._size))
        seeds = [secrets.randbits(32) if i.params.seed is None else i.params.seed for i in items]
        missing = fill_up(len(rows)) - len(rows) if filled else 0
        places = [*range(len(rows)), *[len(rows) - 1] * missing]  # rows do not know of each other
        noise = draw([seeds[n] for n in places], self._size)
        x = sample(
            network,
            _conditions([rows[n] for n in places]),
            noise.pin_memory() if self._device.startswith("cuda") else noise,
            steps=steps,
            guidance=torch.tensor([_guidance(items[n]) for n in places]),
            modulations=self._table(network, steps),
            on_step=on_step,
        )
        return seeds, steps, x[: len(rows)]

    def _table(self, network: Network, steps: int) -> Tensor:
        """What depends on steps and category alone, kept for the schedules that were used last."""
        with self._tabulating:  # the compiler's thread asks, too
            if steps not in self._tables:
                self._tables[steps] = table(network, steps)
            self._tables.move_to_end(steps)
            while len(self._tables) > _TABLES:
                self._tables.popitem(last=False)
            return self._tables[steps]


def _conditions(rows: list[PreparedItem]) -> Conditions:
    """Everything of a batch as the network takes it. A garment alone has a blank pose."""

    def pictures(canvases: list[Pixels]) -> Tensor:
        return to_unit(torch.from_numpy(np.stack(canvases))).permute(0, 3, 1, 2)

    poses = to_unit(torch.from_numpy(np.stack([row.person_pose for row in rows])))[:, None]
    return Conditions(
        person=pictures([row.person.pixels for row in rows]),
        garment=pictures([row.garment for row in rows]),
        person_pose=poses,
        garment_pose=torch.full_like(poses, -1),
        category=torch.tensor([CATEGORY[row.item.params.garment] for row in rows]),
    )


def _steps(item: TryOnItem, long_side: int) -> int:
    limited = item.max_long_side is not None and item.max_long_side < long_side
    effort = min(item.effort, _LIMITED) if limited else item.effort
    return item.params.steps or max(1, round(STEPS * effort))


def _guidance(item: TryOnItem) -> float:
    return GUIDANCE if item.params.guidance is None else item.params.guidance
