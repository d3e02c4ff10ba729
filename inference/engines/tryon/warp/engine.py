"""The embedded default: no diffusion model, no GPU. A preview, and every result says so."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from PIL import Image, ImageDraw

from inference.engine import EngineInfo, Progress, TryOnItem, TryOnPicture, one_by_one
from inference.engines.tryon.warp.dress import dress
from inference.engines.tryon.warp.garment import PreparedGarment, garment_of, ragged
from inference.engines.tryon.warp.refuse import refuse
from inference.errors import PictureError
from inference.garment.cut import cut_out
from inference.garment.salient import let_go
from inference.options import CpuOptions
from inference.person.analyse import LOOK, analyst
from inference.pictures import thumbnail
from inference.pixels import pixels_of
from inference.threads import limit_threads
from inference.weights.packaged import missing

_KEPT = 8  # garments, each of some 20 MB
_GARMENT_SIDE = 1536  # larger product shots are worked on at this size


class WarpEngine:
    """Dresses one after the other; a batch shares the thread, the networks and what is known of its garments."""

    def __init__(self, cpu_threads: int | None = None) -> None:
        self._cpu_threads = cpu_threads
        self._garments: OrderedDict[Hashable, tuple[PreparedGarment, bool]] = OrderedDict()
        self.info = EngineInfo("warp", "Apache-2.0", "open", device="cpu", preview=True)

    def load(self) -> None:
        limit_threads(self._cpu_threads)
        analyst(self._cpu_threads)

    def example(self) -> TryOnItem:
        return TryOnItem(_figure(), _shirt())

    def bucket(self, _item: TryOnItem, /) -> Hashable:
        return "any"

    def run(self, batch: Sequence[TryOnItem], progress: Progress, /) -> Sequence[TryOnPicture | PictureError]:
        return one_by_one(batch, self._dress, progress)

    def _dress(self, item: TryOnItem) -> TryOnPicture:
        seen = analyst(self._cpu_threads).look(pixels_of(item.person), item.max_long_side or LOOK)
        if seen is not None and item.params.pose is not None:
            seen = seen.posed(item.params.pose)
        body, doubts = refuse(seen, item.params.garment)
        garment, unclear = self._garment(item)
        if unclear:
            doubts = (
                *doubts,
                "The garment is hard to tell from its background: use a picture with transparency.",
            )
        dressed = dress(item.person, body, garment, item.params.garment)
        return TryOnPicture(dressed.picture, doubts=(*doubts, *dressed.doubts))

    def _garment(self, item: TryOnItem) -> tuple[PreparedGarment, bool]:
        key = (item.garment_key or _content(item.garment), item.params.garment)
        if key in self._garments:
            self._garments.move_to_end(key)
            return self._garments[key]
        picture = thumbnail(item.garment, _GARMENT_SIDE, Image.Resampling.LANCZOS)
        cutout = cut_out(picture, item.params.garment)
        let_go()  # dressing takes as much again, and the garment is kept
        garment = garment_of(cutout.image)
        self._garments[key] = garment, cutout.low_confidence or ragged(garment)
        while len(self._garments) > _KEPT:
            self._garments.popitem(last=False)
        return self._garments[key]


def _content(picture: Image.Image) -> Hashable:
    return picture.mode, picture.size, hash(picture.tobytes())


def _figure() -> Image.Image:
    """A drawn person whom the networks know for one."""
    figure = Image.new("RGB", (300, 400), "#d8dde3")
    draw = ImageDraw.Draw(figure)
    skin = "#c58c6a"
    draw.rounded_rectangle((108, 270, 146, 420), 12, fill="#3a4050")
    draw.rounded_rectangle((154, 270, 192, 420), 12, fill="#3a4050")
    for x in (76, 200):
        draw.rounded_rectangle((x, 130, x + 24, 275), 12, fill=skin)
    draw.rounded_rectangle((90, 118, 210, 280), 26, fill="#7a2f3a")
    for x in (74, 198):
        draw.rounded_rectangle((x, 122, x + 28, 190), 13, fill="#7a2f3a")
    draw.rectangle((136, 95, 164, 128), fill=skin)
    draw.ellipse((116, 28, 184, 112), fill=skin)
    draw.chord((112, 20, 188, 106), 180, 360, fill="#2d211c")
    for x in (134, 158):
        draw.ellipse((x, 64, x + 9, 71), fill="#1d1512")
    draw.arc((136, 78, 164, 98), 20, 160, fill="#7b3b3b", width=3)
    return figure


def _shirt() -> Image.Image:
    shirt = Image.new("RGB", (240, 260), "white")
    draw = ImageDraw.Draw(shirt)
    draw.polygon([(70, 30), (20, 60), (36, 120), (66, 104), (66, 240), (174, 240), (174, 104), (204, 120), (220, 60),
                  (170, 30), (145, 30), (120, 48), (95, 30)], fill="#30508c")  # fmt: skip
    return shirt


OPTIONS = CpuOptions


def create(options: CpuOptions) -> WarpEngine:
    """The engine with its share of the cores."""
    return WarpEngine(options.cpu_threads)


def available(_options: CpuOptions) -> str | None:
    """None when its networks are installed, else which is not."""
    return missing()
