"""An engine by a pipeline of diffusers: what every one of them does around the call, said once."""

import secrets
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from inference.engine import EngineInfo, Progress, TryOnItem, TryOnPicture, size_of, steps_of
from inference.engines.strict import check_files, numbers
from inference.engines.tryon.frames import PersonFrame, put_in, put_mask_in, take_out
from inference.engines.tryon.passes import OnStep, PassStopped, check_pictures, enough_memory, run_rows
from inference.engines.tryon.pipelines.region import Painters
from inference.engines.tryon.pipelines.sizes import as_reference, working_size
from inference.errors import EngineUnavailable, PictureError
from inference.garment.cut import cut_out
from inference.marks import DigitalSource
from inference.options import NumbersOptions
from inference.pictures import on_white
from inference.weights.licences import refusal
from inference.weights.model import Model
from schemas.jobs.try_on import TryOnParams

Outcome = TryOnPicture | PictureError


@dataclass(frozen=True)
class FramedItem:
    """An item ready for its pass. ``mask`` (L) is of the frame's size, ``region`` of the person's."""

    item: TryOnItem
    frame: PersonFrame
    garment: Image.Image
    mask: Image.Image | None
    region: Image.Image | None


@dataclass(frozen=True)
class Pass:
    """What a pipeline is called with besides pictures. ``arguments`` are those that all pipelines name alike."""

    size: tuple[int, int]  # height, width
    guidance: float
    generators: list[torch.Generator]
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """What is particular to one pipeline.

    ``load`` gives it from the weight directory, on a device, in a dtype; ``call`` makes (B,3,H,W) in 0…1 of rows.
    """

    model: Model
    steps: int
    guidance: float
    load: Callable[[Path, str, torch.dtype], Any]
    call: Callable[[Any, list[FramedItem], Pass], Tensor]
    sizes: tuple[tuple[int, int], ...] = ()  # (height, width); none: as the photo is, about a megapixel
    multiple: int = 16  # of which the sides are, where there are no sizes
    max_batch: int | None = None
    masked: bool = False


class PipelineEngine:
    """Pictures by a pipeline. Load before running; ``prepare`` alone may be called beside ``run``."""

    def __init__(self, recipe: Recipe, options: NumbersOptions) -> None:
        self._recipe, self._options = recipe, options
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._painters = Painters(options.cpu_threads)
        self._painting = Lock()
        self._pipeline: Any = None
        # Nobody is in it, so a mask is not looked for: all of it may be painted.
        grey, red = (Image.new("RGB", (96, 128), colour) for colour in ("grey", "red"))
        self._example = TryOnItem(grey, red, TryOnParams(steps=1), max_long_side=128)

    @property
    def info(self) -> EngineInfo:
        recipe = self._recipe
        return EngineInfo(
            recipe.model.engine,
            recipe.model.license,
            recipe.model.license_class,
            self._device,
            sizes=recipe.sizes,
            steps=recipe.steps,
            makes=DigitalSource.GENERATED,
            seeds=True,
            max_batch=recipe.max_batch,
        )

    def load(self) -> None:
        """Raises EngineUnavailable: licence not accepted, a GPU too small, a file missing or wrong."""
        model, root = self._recipe.model, self._options.weights_dir
        if why := refusal(model, self._options):
            raise EngineUnavailable(why)
        if root is None:
            raise EngineUnavailable("no weight directory is set")
        dtype = numbers(self._device, self._options.dtype)
        if self._device.startswith("cuda"):
            enough_memory(torch.cuda.mem_get_info(self._device)[0], model.vram_gb, model.title)
        check_files(model, root)
        if self._recipe.masked:
            self._painters.load()
        self._pipeline = self._recipe.load(root, self._device, dtype)
        self._pipeline.set_progress_bar_config(disable=True)

    def example(self) -> TryOnItem:
        return self._example

    def bucket(self, item: TryOnItem, /) -> Hashable:
        """Size, steps and guidance: what a forward pass has one of."""
        return (*self._size(item), steps_of(item, self._recipe.steps), self._guidance(item))

    def prepare(self, item: TryOnItem, /) -> FramedItem | PictureError:
        """All that is done before the GPU is needed; for one thread at a time."""
        height, width = self._size(item)
        frame = put_in(on_white(item.person), width, height)
        try:
            garment = item.garment
            if item.params.photo_type == "on_model" and garment.mode != "RGBA":
                garment = cut_out(garment, item.params.garment).image
            if not self._recipe.masked:
                return FramedItem(item, frame, as_reference(garment), None, None)
            if item is self._example:
                region = Image.new("L", item.person.size, 255)
            else:
                with self._painting:
                    region = self._painters.paintable(item.person, item.params.garment)
        except PictureError as error:
            return error
        return FramedItem(item, frame, as_reference(garment), put_mask_in(region, frame), region)

    def run(
        self, batch: Sequence[TryOnItem | FramedItem | PictureError], progress: Progress, /
    ) -> Sequence[Outcome]:
        """One forward pass, or one after the other where the pipeline takes one picture.

        Raises EngineFatal after a CUDA fault.
        """
        prepared = [self.prepare(item) if isinstance(item, TryOnItem) else item for item in batch]
        return run_rows(prepared, FramedItem, self._forward, progress)

    def _forward(self, rows: list[FramedItem], on_step: OnStep) -> list[TryOnPicture]:
        most = self._recipe.max_batch or len(rows)
        parts = [rows[n : n + most] for n in range(0, len(rows), most)]
        made: list[TryOnPicture] = []
        for number, part in enumerate(parts):

            def part_step(done: int, steps: int, number: int = number) -> bool:
                return on_step(number * steps + done, len(parts) * steps)

            made += self._paint(part, part_step)
        return made

    def _paint(self, rows: list[FramedItem], on_step: OnStep) -> list[TryOnPicture]:
        items = [row.item for row in rows]
        size, steps = self._size(items[0]), steps_of(items[0], self._recipe.steps)
        seeds = [secrets.randbits(32) if i.params.seed is None else i.params.seed for i in items]

        def after(_pipeline: Any, step: int, _time: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
            if not on_step(step + 1, steps):
                raise PassStopped
            return {}

        arguments = {
            "height": size[0],
            "width": size[1],
            "num_inference_steps": steps,
            "callback_on_step_end": after,
            "output_type": "pt",
        }
        generators = [
            torch.Generator().manual_seed(seed) for seed in seeds
        ]  # on the CPU: the same on every card
        drawn = self._recipe.call(
            self._pipeline, rows, Pass(size, self._guidance(items[0]), generators, arguments)
        )
        check_pictures(drawn * 2 - 1)
        levels = (drawn.float().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return [
            TryOnPicture(
                take_out(row.frame, Image.fromarray(one), row.region, own_pixels=row.item.params.own_pixels),
                seed,
                steps,
                size,
            )
            for row, one, seed in zip(rows, levels, seeds, strict=True)
        ]

    def _size(self, item: TryOnItem) -> tuple[int, int]:
        if self._recipe.sizes:
            return size_of(item, self._recipe.sizes)
        return working_size(item.person.size, self._recipe.multiple, item.max_long_side)

    def _guidance(self, item: TryOnItem) -> float:
        return self._recipe.guidance if item.params.guidance is None else item.params.guidance
