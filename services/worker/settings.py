"""Settings of workers."""

from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.registry import EngineOptions, names
from schemas.jobs.base import JobSpec
from schemas.pictures import MAX_MEGABYTES
from schemas.policy import MAX_BATCH_SIZE


class WorkerSettings(BaseSettings):
    """What a worker reads besides the servers' addresses."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    preload: bool = Field(
        False,
        description="Load every engine at the start; a worker of several kinds loads each at its first job.",
    )
    engine_memory_mb: int | None = Field(
        None,
        ge=1,
        description="What the engines of one worker may take together; those idle longest make room.",
    )
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


class KindSettings(BaseSettings):
    """What a worker reads of one job kind."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    engine: str = "auto"
    batch_size: int = 2


def engine_setting(spec: JobSpec) -> str:
    """The variable that chooses its engine; the first kind's has no name in it."""
    return "PROTEUS_ENGINE" if spec.kind == "try_on" else f"PROTEUS_{spec.kind.upper()}_ENGINE"


def kind_settings(spec: JobSpec) -> type[KindSettings]:
    """Its own. A steered kind's batch size is the arbitrator's to say."""
    fields: dict[str, Any] = {
        "engine": (
            str,
            Field(
                "auto",
                validation_alias=engine_setting(spec),
                description=f"Engine of {spec.kind} jobs: {', '.join(names(spec.task))}.",
            ),
        )
    }
    if not spec.steered:
        size = Field(
            2,
            ge=1,
            le=MAX_BATCH_SIZE,
            validation_alias=f"PROTEUS_{spec.kind.upper()}_BATCH_SIZE",
            description=f"{spec.kind} jobs that run at once.",
        )
        fields["batch_size"] = (int, size)
    return create_model(f"{spec.kind.title().replace('_', '')}Settings", __base__=KindSettings, **fields)
