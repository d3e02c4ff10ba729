"""CatVTON as an engine: buckets of size, seeds by request, own pixels where nothing changed."""

import copy
import logging
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import torch
from PIL import Image
from torch import Tensor

from inference.engine import Compilation, EngineInfo, Progress, TryOnItem, TryOnPicture, size_of, steps_of
from inference.engines.cutout.segformer.engine import ClothesParser
from inference.engines.cutout.segformer.masks import paintable
from inference.engines.tryon import costs
from inference.engines.tryon.catvton.choice import CatVtonOptions
from inference.engines.tryon.catvton.compiled import compile_model
from inference.engines.tryon.catvton.fast import choose_kernels, fuse
from inference.engines.tryon.catvton.garments import Garments
from inference.engines.tryon.catvton.loader import CatVtonModel, load
from inference.engines.tryon.catvton.sampling import draw, sample, to_u8
from inference.engines.tryon.compiling import BATCHES, Compiler, compile_modules, fill_up
from inference.engines.tryon.eager_first import EagerFirst, described, twin
from inference.engines.tryon.frames import PersonFrame, put_in, put_mask_in, take_out
from inference.engines.tryon.passes import (
    OnStep,
    check_pictures,
    device_faults,
    enough_memory,
    run_rows,
    warm_up,
)
from inference.engines.tryon.pictures import to_mask, to_pixels
from inference.errors import EngineUnavailable, PictureError
from inference.marks import DigitalSource
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal
from schemas.jobs.try_on import TryOnParams

log = logging.getLogger(__name__)

SIZES = ((1024, 768), (768, 576), (512, 384))
STEPS, GUIDANCE = 50, 2.5
Outcome = TryOnPicture | PictureError


@dataclass(frozen=True)
class Row:
    """An item, its person in the bucket, and in the masked variant where that may be painted over."""

    item: TryOnItem
    frame: PersonFrame
    mask: Image.Image | None


class CatVton:
    """Pictures by CatVTON. Load before running; ``prepare`` alone may be called beside ``run``.

    ``compiler`` has blocks compiled where the options ask for it: torch's on a GPU, none on a CPU, when left out.
    """

    def __init__(
        self,
        options: CatVtonOptions,
        sizes: Sequence[tuple[int, int]] = SIZES,
        compiler: Compiler | None = None,
    ) -> None:
        self._options = options
        self._sizes = tuple(sorted(sizes, reverse=True))
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._masked = options.catvton_variant == "masked"
        self._weights = MODELS["catvton-masked" if self._masked else "catvton"]
        self._garments = Garments()
        self._parser: ClothesParser | None = None
        self._parsing = Lock()  # the parser serves one thread
        self._compiler = compiler
        self._models: EagerFirst[CatVtonModel] | None = None

    @property
    def info(self) -> EngineInfo:
        weights = self._weights
        return EngineInfo(
            "catvton",
            weights.license,
            weights.license_class,
            self._device,
            sizes=self._sizes,
            steps=STEPS,
            makes=DigitalSource.GENERATED,
            seeds=True,
            expected=costs.CATVTON if self._device.startswith("cuda") else None,
        )

    @property
    def compilation(self) -> Compilation:
        """How far it is; jobs run meanwhile."""
        return "off" if self._models is None else self._models.state

    def load(self) -> None:
        """Raises EngineUnavailable: licence not accepted, or a file missing or wrong."""
        if why := refusal(self._weights, self._options):
            raise EngineUnavailable(why)
        root = self._options.weights_dir
        if root is None:
            raise EngineUnavailable("no weight directory is set")
        cuda = self._device.startswith("cuda")
        kinds = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
        dtype = (
            kinds[self._options.dtype] if self._options.dtype else (torch.bfloat16 if cuda else torch.float32)
        )
        # At 16 bits of the other kind the VAE overflows.
        vae_dtype = torch.float32 if dtype is torch.float16 else dtype
        if cuda:
            enough_memory(
                torch.cuda.mem_get_info(self._device)[0], self._weights.vram_gb, self._weights.title
            )
        variant = self._options.catvton_variant
        model = load(root, variant, device=self._device, dtype=dtype, vae_dtype=vae_dtype)
        blocks = fuse(model.unet)
        if self._masked:
            self._parser = ClothesParser(self._options)
            self._parser.load()
        if cuda:
            model.unet.to(
                memory_format=torch.channels_last
            )  # not the VAE: its norms copy the layout to and fro
            log.info("attention: %s", choose_kernels(blocks, self._sizes[0], model.device, dtype))
        self._models = EagerFirst(model)
        if cuda:
            self._warm_up(model, (1,))
        compiler = self._compiler or (compile_modules if cuda else None)
        if self._options.compile != "off" and compiler is not None:
            self._compile(self._models, model, compiler, root / ".compiled")

    def _compile(
        self, models: EagerFirst[CatVtonModel], model: CatVtonModel, compiler: Compiler, cache: Path
    ) -> None:
        """Beside the jobs: a model of the same weights; a scheduler counts steps, so each has its own."""
        name, how = self._weights.name, self._options.compile

        def make() -> CatVtonModel:
            scheduler = copy.deepcopy(model.scheduler)
            other = replace(model, unet=twin(model.unet), vae=twin(model.vae), scheduler=scheduler)
            return compile_model(other, how, cache, compiler)

        depends = described(self._device, how, model.dtype, self._sizes, BATCHES)
        models.compile(make, lambda made: self._warm_up(made, BATCHES), cache, name, depends)

    def _warm_up(self, model: CatVtonModel, counts: Sequence[int]) -> None:
        """Run every size at every count once."""

        def run(size: tuple[int, int], count: int) -> None:
            picture = Image.new("RGB", size[::-1], "grey")
            item = TryOnItem(picture, picture, TryOnParams(steps=1))
            mask = Image.new("L", size[::-1], 255) if self._masked else None
            row = Row(item, put_in(picture, *size[::-1]), mask)
            self._decode([row] * count, size, lambda _done, _steps: True, model, filled=False)

        warm_up(self._sizes, counts, run)

    def example(self) -> TryOnItem:
        height, width = self._sizes[-1]
        grey, red = (Image.new("RGB", (width, height), colour) for colour in ("grey", "red"))
        # All steps, or the largest size, take minutes on a CPU.
        return TryOnItem(grey, red, TryOnParams(steps=1), max_long_side=height)

    def bucket(self, item: TryOnItem, /) -> Hashable:
        """Size, steps and guidance: what a forward pass has one of."""
        return (*size_of(item, self._sizes), steps_of(item, STEPS), self._guidance(item))

    def prepare(self, item: TryOnItem, /) -> Row | PictureError:
        """All that is done before the GPU is needed; for one thread at a time."""
        height, width = size_of(item, self._sizes)
        mask = None
        if self._parser is not None:
            with self._parsing, device_faults():
                (scores,) = self._parser.parse([item.person])
            try:
                mask = paintable(item.person, scores, item.params.garment)
            except PictureError as error:
                return error
        return Row(item, put_in(item.person, width, height), mask)

    def run(
        self, batch: Sequence[TryOnItem | Row | PictureError], progress: Progress, /
    ) -> Sequence[Outcome]:
        """One forward pass; halved when memory does not suffice. Raises EngineFatal after a CUDA fault."""
        prepared = [self.prepare(item) if isinstance(item, TryOnItem) else item for item in batch]
        return run_rows(prepared, Row, self._forward, progress, self._garments.clear)

    def _forward(self, rows: list[Row], on_step: OnStep) -> list[TryOnPicture]:
        assert self._models is not None, "load() first"
        model, compiled = self._models.now
        size, steps = size_of(rows[0].item, self._sizes), steps_of(rows[0].item, STEPS)
        seeds, decoded = self._decode(rows, size, on_step, model, filled=compiled)
        check_pictures(decoded)
        made = [Image.fromarray(array) for array in to_u8(decoded).numpy()]
        return [
            TryOnPicture(
                take_out(row.frame, result, row.mask, own_pixels=row.item.params.own_pixels),
                seed,
                steps,
                size,
            )
            for row, result, seed in zip(rows, made, seeds, strict=True)
        ]

    def _decode(
        self, rows: list[Row], size: tuple[int, int], on_step: OnStep, model: CatVtonModel, *, filled: bool
    ) -> tuple[list[int], Tensor]:
        """The seeds, and (B,3,H,W) as the model made it, of a batch that was filled up or not."""
        items = [row.item for row in rows]
        steps = steps_of(items[0], STEPS)
        seeds = [secrets.randbits(32) if i.params.seed is None else i.params.seed for i in items]
        missing = fill_up(len(items)) - len(items) if filled else 0
        places = [*range(len(items)), *[len(items) - 1] * missing]  # rows do not know of each other
        garments = [(items[n].garment_key, items[n].garment) for n in places]
        masks = [to_mask(put_mask_in(row.mask, row.frame)) for row in rows if row.mask is not None]
        decoded = sample(
            model,
            torch.cat([to_pixels(rows[n].frame.picture) for n in places]),
            self._garments.look_up(model, garments, size),
            draw([seeds[n] for n in places], size, model.axis, steps).pinned_for(model.device),
            steps=steps,
            guidance=self._guidance(items[0]),
            mask=torch.cat([masks[n] for n in places]) if masks else None,
            on_step=on_step,
        )
        return seeds, decoded[: len(items)]

    @staticmethod
    def _guidance(item: TryOnItem) -> float:
        return GUIDANCE if item.params.guidance is None else item.params.guidance
