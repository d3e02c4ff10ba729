"""Settings of the arbitrator."""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.quality import Quality


class ArbitratorSettings(BaseSettings):
    """What the arbitrator reads besides the servers' addresses."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    arbitrator_interval: float = Field(
        0.5, gt=0, le=10, description="Seconds between two looks at the queue."
    )
    arbitrator_policy: Literal["thresholds", "slo"] = Field(
        "thresholds",
        description="thresholds: batch by the length of the queue; slo: quality and batch by measured times.",
    )
    slo_seconds: float = Field(
        10.0, gt=0, description="slo: from request to result, what most jobs should take at most."
    )
    quality_floor: Quality = Field(
        Quality.SMALL, description="slo: the least quality it may give: full, quick, small, least."
    )
    probe_host: str = Field("127.0.0.1", description="Where /healthz, /readyz and /metrics listen.")
    probe_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
