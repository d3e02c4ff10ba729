"""CatVTON as an engine: buckets of size, seeds by request, own pixels where nothing changed."""

import logging
import secrets
from collections.abc import Callable, Hashable, Sequence

import torch
from PIL import Image

from inference.engine import EngineInfo, Progress, TryOnItem, TryOnPicture, size_of, steps_of
from inference.engines.cutout.segformer.engine import ClothesParser
from inference.engines.cutout.segformer.masks import paintable
from inference.engines.tryon.catvton.compiled import compile_model, fill_up
from inference.engines.tryon.catvton.fast import choose_kernels, fuse
from inference.engines.tryon.catvton.frames import put_in, put_mask_in, take_out
from inference.engines.tryon.catvton.garments import Garments
from inference.engines.tryon.catvton.loader import Model, load
from inference.engines.tryon.catvton.pictures import to_mask, to_pixels
from inference.engines.tryon.catvton.sampling import Stopped, draw, sample, to_u8
from inference.errors import EngineFatal, EngineFault, EngineUnavailable, PictureError
from inference.registry import EngineOptions
from inference.weights.catalog import MODELS
from inference.weights.licences import refusal
from schemas.jobs.try_on import TryOnParams

log = logging.getLogger(__name__)

SIZES = ((1024, 768), (768, 576), (512, 384))
STEPS, GUIDANCE = 50, 2.5
Outcome = TryOnPicture | PictureError
#: A fault after which nothing on the device can be relied on.
DEVICE_FAULTS: tuple[type[Exception], ...] = (torch.AcceleratorError,)


class CatVton:
    """Pictures by CatVTON. Load before running; not thread-safe."""

    def __init__(self, options: EngineOptions, sizes: Sequence[tuple[int, int]] = SIZES) -> None:
        self._options = options
        self._sizes = tuple(sorted(sizes, reverse=True))
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._masked = options.catvton_variant == "masked"
        self._weights = MODELS["catvton-masked" if self._masked else "catvton"]
        self._garments = Garments()
        self._parser: ClothesParser | None = None
        self._model: Model | None = None
        self._compiled = False

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
        )

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
        variant = self._options.catvton_variant
        model = load(root, variant, device=self._device, dtype=dtype, vae_dtype=vae_dtype)
        blocks = fuse(model.unet)
        if self._masked:
            self._parser = ClothesParser(self._options)
            self._parser.load()
        if cuda:
            model.unet.to(memory_format=torch.channels_last)
            model.vae.to(memory_format=torch.channels_last)
            log.info("attention: %s", choose_kernels(blocks, self._sizes[0], model.device, dtype))
            self._compiled = self._options.compile != "off"
            model = compile_model(model, self._options.compile, root / ".compiled")
        self._model = model
        if cuda:
            self._warm_up()

    def _warm_up(self) -> None:
        """Run every size once before the first job does; what is compiled is compiled now."""
        for size in self._sizes:
            picture = Image.new("RGB", size[::-1], "grey")
            item = TryOnItem(picture, picture)
            whole = Image.new("L", size[::-1], 255)
            for count in (1, 4, 8) if self._compiled else (1,):
                try:
                    masks = [whole] * count if self._masked else None
                    self._forward([item] * count, size, 1, GUIDANCE, lambda _fraction: True, masks)
                except torch.OutOfMemoryError:
                    log.warning("%dx%d: a batch of %d does not fit and will be halved", *size, count)
                    torch.cuda.empty_cache()

    def example(self) -> TryOnItem:
        height, width = self._sizes[-1]
        grey, red = (Image.new("RGB", (width, height), colour) for colour in ("grey", "red"))
        return TryOnItem(grey, red, params=TryOnParams(steps=1))  # all of them take minutes on a CPU

    def bucket(self, item: TryOnItem, /) -> Hashable:
        """Size, steps and guidance: what a forward pass has one of."""
        return (*size_of(item, self._sizes), steps_of(item, STEPS), self._guidance(item))

    def run(self, batch: Sequence[TryOnItem], progress: Progress, /) -> Sequence[Outcome]:
        """One forward pass; halved when memory does not suffice. Raises EngineFatal after a CUDA fault."""
        gone: frozenset[int] = frozenset()
        told = 0.0

        def go_on(fraction: float) -> bool:
            nonlocal gone, told
            told = max(told, fraction)  # a halved batch begins anew, its progress does not
            gone |= progress(told)
            return len(gone) < len(batch)

        try:
            masks = self._masks(batch)
            rows = [number for number, mask in enumerate(masks) if not isinstance(mask, PictureError)]
            made = self._halving([(batch[n], masks[n]) for n in rows], go_on, 0.0, 1.0) if rows else []
        except Stopped:
            return [PictureError("cancelled", "The job was cancelled.") for _ in batch]
        except DEVICE_FAULTS as error:
            raise EngineFatal(f"the GPU failed: {error}") from error
        if not rows:
            progress(1.0)
        outcomes = dict(zip(rows, made, strict=True))
        return [mask if isinstance(mask, PictureError) else outcomes[n] for n, mask in enumerate(masks)]

    def _masks(self, batch: Sequence[TryOnItem]) -> list[Image.Image | PictureError | None]:
        """Where each person may be painted over; None for all of them without a mask."""
        if self._parser is None:
            return [None] * len(batch)
        found: list[Image.Image | PictureError | None] = []
        scores = self._parser.parse([item.person for item in batch])
        for item, said in zip(batch, scores, strict=True):
            try:
                found.append(paintable(item.person, said, item.params.garment))
            except PictureError as error:
                found.append(error)
        return found

    def _halving(
        self,
        batch: list[tuple[TryOnItem, Image.Image | PictureError | None]],
        go_on: Callable[[float], bool],
        start: float,
        share: float,
    ) -> list[Outcome]:
        items = [item for item, _ in batch]
        masks = [mask for _, mask in batch if isinstance(mask, Image.Image)] or None
        steps, guidance = steps_of(items[0], STEPS), self._guidance(items[0])
        try:
            on_step = lambda fraction: go_on(start + share * fraction)  # noqa: E731
            return self._forward(items, size_of(items[0], self._sizes), steps, guidance, on_step, masks)
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise EngineFault("the GPU has too little memory for one picture") from error
        self._garments.clear()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        middle = len(batch) // 2
        first = self._halving(batch[:middle], go_on, start, share / 2)
        return first + self._halving(batch[middle:], go_on, start + share / 2, share / 2)

    def _forward(
        self,
        items: list[TryOnItem],
        size: tuple[int, int],
        steps: int,
        guidance: float,
        on_step: Callable[[float], bool],
        masks: list[Image.Image] | None,
    ) -> list[Outcome]:
        model = self._model
        assert model is not None, "load() first"
        height, width = size
        seeds = [secrets.randbits(32) if i.params.seed is None else i.params.seed for i in items]
        frames = [put_in(item.person, width, height) for item in items]
        missing = fill_up(len(items)) - len(items) if self._compiled else 0
        rows = [*range(len(items)), *[len(items) - 1] * missing]  # rows do not know of each other
        cloth = self._garments.look_up(model, [(items[n].garment_key, items[n].garment) for n in rows], size)
        known = [to_mask(put_mask_in(m, f)) for m, f in zip(masks, frames, strict=True)] if masks else None
        decoded = sample(
            model,
            torch.cat([to_pixels(frames[n].picture) for n in rows]),
            cloth,
            draw([seeds[n] for n in rows], size, model.axis, steps).pinned_for(model.device),
            steps=steps,
            guidance=guidance,
            mask=torch.cat([known[n] for n in rows]) if known else None,
            on_step=on_step,
        )
        made = [Image.fromarray(array) for array in to_u8(decoded).numpy()[: len(items)]]
        return [
            TryOnPicture(take_out(frame, result, masks[n] if masks else None), seeds[n], steps, size)
            for n, (frame, result) in enumerate(zip(frames, made, strict=True))
        ]

    @staticmethod
    def _guidance(item: TryOnItem) -> float:
        return GUIDANCE if item.params.guidance is None else item.params.guidance
