"""KV bucket ``config``: what the arbitrator tells the weavers.

Values are plain text, so that `nats kv put` can write them.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from schemas.quality import Quality

BUCKET = "config"
BATCH_SIZE = "weaver.batch_size"
WINDOW_MS = "weaver.window_ms"
DEGRADED_MODE = "weaver.degraded_mode"
MODE = "weaver.mode"
QUALITY = "weaver.quality"
KEYS = (BATCH_SIZE, WINDOW_MS, DEGRADED_MODE, MODE, QUALITY)
#: Why the others are as they are, for people; written beside each change.
REASON = "weaver.reason"

#: Largest batch that the arbitrator asks for and a weaver accepts.
MAX_BATCH_SIZE = 8
MAX_WINDOW_MS = 500


def pin_key(key: str) -> str:
    """The key that holds an operator's value for ``key``; it wins."""
    return f"{key}.pin"


class Mode(StrEnum):
    """What the arbitrator optimises for."""

    VIP = "VIP"
    ECONOMY = "ECONOMY"
    SURGE = "SURGE"


class WeaverPolicy(BaseModel):
    """The effective policy of one round."""

    model_config = ConfigDict(frozen=True)

    batch_size: int = Field(1, ge=1, le=MAX_BATCH_SIZE)
    window_ms: int = Field(0, ge=0, le=MAX_WINDOW_MS)
    degraded_mode: bool = Field(False, description="Work at 512 px on the long side.")
    mode: Mode = Mode.VIP
    quality: Quality = Field(Quality.FULL, description="Size and steps of jobs that name none.")
