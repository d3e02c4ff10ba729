"""Settings of workers."""

from pathlib import Path
from typing import Any, cast

from pydantic import Field, SecretStr, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from inference.options import Options, Told, WeightsOptions
from inference.registry import names
from schemas.jobs.base import JobSpec
from schemas.pictures import MAX_MEGABYTES
from schemas.policy import MAX_BATCH_SIZE
from services.running import data_dir
from services.settings import load


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
    probe_host: str = Field("127.0.0.1", description="Where /healthz, /readyz and /metrics listen.")
    probe_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
    max_picture_mb: int = Field(MAX_MEGABYTES, ge=1, description="Larger pictures fail their job.")
    picture_memory_mb: int = Field(
        400,
        ge=200,
        description="Memory for decoded pictures; jobs beyond it wait. More fills larger batches.",
    )
    quality_retries: int = Field(
        1, ge=0, le=4, description="How often a spoilt result is made again, with another seed."
    )
    inspector_url: str | None = Field(
        None,
        description="OpenAI-compatible endpoint of a vision model that is asked about results, as http://vllm:8000/v1.",
    )
    inspector_hosts: str = Field(
        "", description="Hosts that results and photos may be sent to for that, separated by commas."
    )
    inspector_model: str | None = Field(None, description="The model's name there.")
    inspector_key: SecretStr | None = Field(None, description="Its bearer token, where it wants one.")
    moderation_url: str | None = Field(
        None,
        description="The same of one that is asked about both photos first; what it refuses is not worked on.",
    )
    moderation_hosts: str = Field(
        "", description="Hosts that photos may be sent to for that, separated by commas."
    )
    moderation_model: str | None = Field(None, description="The model's name there.")
    moderation_key: SecretStr | None = Field(None, description="Its bearer token, where it wants one.")
    c2pa_certificate: Path | None = Field(
        None,
        description="PEM file of the certificate, with its chain, that results are signed with (C2PA).",
    )
    c2pa_private_key: Path | None = Field(
        None, description="PEM file of that certificate's key, read at the start."
    )
    drain_seconds: float = Field(
        110, gt=0, description="On SIGTERM, how long what is on the device may take to finish."
    )


class EngineSettings(BaseSettings):
    """Reads an engine's Options: their names in capitals, after ``PROTEUS_``."""

    model_config = SettingsConfigDict(
        env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True, enable_decoding=False
    )


class WeightsSettings(EngineSettings, WeightsOptions):
    """Where weights lie, and which of them the operator accepts."""

    weights_dir: Path = Field(
        default_factory=lambda: data_dir() / "weights",
        description=WeightsOptions.model_fields["weights_dir"].description,
    )


def engine_settings(options: type[Options]) -> type[EngineSettings]:
    """What reads such Options."""
    base = WeightsSettings if issubclass(options, WeightsOptions) else EngineSettings
    bases = cast("tuple[type[EngineSettings], ...]", (base, options))
    return create_model(options.__name__, __base__=bases)


def read_options(options: type[Told]) -> Told:
    """From the environment. Raises SettingsError."""
    return cast("Told", load(engine_settings(options)))


class KindSettings(BaseSettings):
    """What a worker reads of one job kind."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    engine: str


class OwnPaceSettings(KindSettings):
    """Of a kind that no arbitrator steers."""

    batch_size: int


def engine_setting(spec: JobSpec) -> str:
    """The variable that chooses its engine; the first kind's has no name in it."""
    return "PROTEUS_ENGINE" if spec.kind == "try_on" else f"PROTEUS_{spec.kind.upper()}_ENGINE"


def kind_settings(spec: JobSpec) -> type[KindSettings]:
    """Its own: with a batch size, unless the arbitrator steers it."""
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
    base = KindSettings if spec.steered else OwnPaceSettings
    return create_model(f"{spec.kind.title().replace('_', '')}Settings", __base__=base, **fields)
