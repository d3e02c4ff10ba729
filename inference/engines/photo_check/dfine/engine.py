"""People by D-FINE (Peng et al., 2024), for whoever looks at photos in this process. It needs no torchvision."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers.models.d_fine.modeling_d_fine import DFineForObjectDetection
from transformers.utils import logging

from inference.check.checker import checker
from inference.engine import EngineInfo, Progress, one_by_one
from inference.engines.strict import check_files, load_part
from inference.errors import EngineFatal, EngineFault, EngineUnavailable, PictureError
from inference.options import DeviceOptions
from inference.person.detect import Pixels
from inference.person.people import Person, find_with, once
from inference.tasks.photo_check import Photo, Report
from inference.threads import limit_threads
from inference.weights.catalog import MODELS
from inference.weights.checksums import read_json

_MODEL = MODELS["dfine"]
_FOLDER = _MODEL.sources[0].folder
_SURE = 0.5  # of a person, to count


class Detector:
    """A loaded network, in float32 on any device. Calls of several threads wait for each other."""

    def __init__(self, root: Path, device: str) -> None:
        """Raises EngineUnavailable naming the file that is missing or wrong."""
        check_files(_MODEL, root)
        folder = root / _FOLDER
        pixels = read_json(folder / "preprocessor_config.json")
        if pixels.get("do_normalize"):
            raise EngineUnavailable(f"{folder}: this checkpoint was trained on other pixels than 0 to 1")
        size = pixels.get("size", {})
        self._size = int(size.get("width", 640)), int(size.get("height", 640))
        logging.disable_progress_bar()
        self._network = load_part(DFineForObjectDetection, folder, dtype=torch.float32).to(device)
        labels = {str(name): int(number) for number, name in self._network.config.id2label.items()}
        if "person" not in labels:
            raise EngineUnavailable(f"{folder}: this checkpoint knows no label 'person'")
        self._person, self._device, self._lock = labels["person"], device, Lock()

    def find(self, rgb: Pixels) -> list[Person]:
        """Everyone in ``rgb`` (H, W, 3). Raises EngineFault, EngineFatal after a fault of the device."""
        # Its aspect ratio given up, as the network was trained.
        square = np.array(Image.fromarray(rgb).resize(self._size, Image.Resampling.BILINEAR))
        try:
            with self._lock, torch.inference_mode():
                pixels = torch.from_numpy(square).to(self._device).permute(2, 0, 1)[None] / 255
                seen = self._network(pixel_values=pixels)
                logits, boxes = seen.logits[0].cpu().numpy(), seen.pred_boxes[0].cpu().numpy()
        except torch.AcceleratorError as error:
            raise EngineFatal(f"the GPU failed: {error}") from error
        except RuntimeError as error:  # of memory, above all
            raise EngineFault(f"nobody could be looked for: {error}") from error
        return people_of(logits, boxes, self._person, (rgb.shape[1], rgb.shape[0]))


def people_of(
    logits: NDArray[np.float32], boxes: NDArray[np.float32], person: int, size: tuple[int, int]
) -> list[Person]:
    """What the network says as people of a picture of ``size`` (width, height), each once, the largest first.

    ``logits`` (queries, labels), of which ``person`` is one; ``boxes`` (queries, 4) are middle, width and height, in
    fractions of the picture. Raises EngineFault when some are no numbers.
    """
    if not (np.isfinite(logits).all() and np.isfinite(boxes).all()):
        raise EngineFault("the detector made numbers that are no boxes (NaN or infinite)")
    scores = 1 / (1 + np.exp(-np.clip(logits[:, person], -40, 40)))
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], axis=1)
    edges = np.clip(corners, 0, 1) * np.tile(size, 2)
    found = []
    for score, (left, top, right, bottom) in zip(scores.tolist(), edges.tolist(), strict=True):
        if score >= _SURE and right - left >= 1 and bottom - top >= 1:
            found.append(Person((left, top, right, bottom), score))
    return once(found)


class DFineCheck:
    """Reports on photos, one after the other; once it is loaded, try-ons look for people with it, too."""

    def __init__(self, options: DeviceOptions) -> None:
        self._options = options
        self._device = options.device or "cpu"  # beside a try-on's pass, whose GPU it leaves alone
        self.info = EngineInfo(
            "dfine", _MODEL.license, _MODEL.license_class, device=self._device, memory_mb=700
        )

    def load(self) -> None:
        """Raises EngineUnavailable: a file or a network missing or wrong."""
        if self._options.weights_dir is None:
            raise EngineUnavailable("no weight directory is set")
        limit_threads(self._options.cpu_threads)
        checker(self._options.cpu_threads)
        find_with(Detector(self._options.weights_dir, self._device).find)

    def example(self) -> Photo:
        """A plain grey picture, of nobody."""
        return Photo(Image.new("RGB", (96, 128), "#9a9a9a"), "person")

    def bucket(self, _photo: Photo, /) -> Hashable:
        """A batch shares the networks."""
        return "any"

    def run(self, batch: Sequence[Photo], progress: Progress, /) -> Sequence[Report | PictureError]:
        """A report on each, in order."""
        return one_by_one(batch, checker(self._options.cpu_threads).check, progress)
