"""Settings of the weaver and the tailor."""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.registry import EngineOptions
from schemas.pictures import MAX_MEGABYTES


class WorkerSettings(BaseSettings):
    """What a worker reads besides the servers' addresses."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    engine: str = Field("auto", description="The weaver's engine: auto, fashn, catvton, warp, simulated.")
    tailor_engine: str = Field(
        "auto", description="The tailor's engine: auto, segformer, grabcut, simulated."
    )
    tailor_batch_size: int = Field(2, ge=1, le=8, description="Garments that a tailor cuts out at once.")
    simulated_a: float = Field(0.08, ge=0, description="Simulated engine: seconds of a forward pass…")
    simulated_b: float = Field(0.02, ge=0, description="…and of each item in it…")
    simulated_c: float = Field(0.0, ge=0, description="…and of each of its 50 steps, by megapixel.")
    weights_dir: Path | None = Field(
        None, description="Where model weights lie; in your data directory when left out."
    )
    allow_licenses: str = Field(
        "", description="Licence classes of weights that you accept, separated by commas: noncommercial, …"
    )
    cpu_threads: int | None = Field(
        None,
        ge=1,
        description="CPU threads of an engine; all cores when left out, so set it where workers share a machine.",
    )
    parser_runtime: str = Field(
        "auto", description="What runs SegFormer on a CPU: auto, openvino, openvino-bf16, torch."
    )
    catvton_variant: Literal["maskfree", "masked"] = Field(
        "maskfree", description="CatVTON's variant; the masked one needs the weights of SegFormer, too."
    )
    dtype: Literal["bf16", "fp16", "fp32"] | None = Field(
        None,
        description="A GPU's numbers: bf16, fp32, for CatVTON fp16 (with an fp32 VAE), too; chosen when left out.",
    )
    compile: Literal["off", "regional", "full"] = Field(
        "off",
        description="torch.compile on a GPU: off, regional (each block), full (the network whole; slower to compile).",
    )
    device: str | None = Field(None, description="cuda, cuda:1, cpu; chosen when left out.")
    probe_host: str = Field("127.0.0.1", description="Where /healthz, /readyz and /metrics listen.")
    probe_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
    max_picture_mb: int = Field(MAX_MEGABYTES, ge=1, description="Larger pictures fail their job.")
    picture_memory_mb: int = Field(
        400,
        ge=200,
        description="Memory for decoded pictures; jobs beyond it wait. More fills larger batches.",
    )
    drain_seconds: float = Field(
        110, gt=0, description="On SIGTERM, how long what is on the device may take to finish."
    )

    @property
    def weights(self) -> Path:
        """The weight directory: the one named, or the user's own."""
        return self.weights_dir or platformdirs.user_data_path("proteus") / "weights"

    def engine_options(self) -> EngineOptions:
        """The part that engines are told."""
        classes = (name.strip() for name in self.allow_licenses.split(","))
        return EngineOptions(
            simulated_a=self.simulated_a,
            simulated_b=self.simulated_b,
            simulated_c=self.simulated_c,
            weights_dir=self.weights,
            allow_licenses=frozenset(name for name in classes if name),
            device=self.device,
            cpu_threads=self.cpu_threads,
            parser_runtime=self.parser_runtime,
            catvton_variant=self.catvton_variant,
            dtype=self.dtype,
            compile=self.compile,
        )
