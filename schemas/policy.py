"""KV bucket ``config``: what the arbitrator tells the weavers.

Values are plain text, so that `nats kv put` can write them. What a key may hold is said once, by WeaverPolicy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from schemas.jobs import SPECS
from schemas.quality import Quality

BUCKET = "config"
#: What a policy's keys are called behind their prefix: the fields of WeaverPolicy.
NAMES = ("batch_size", "window_ms", "degraded_mode", "mode", "quality")
#: In front of them: one for each steered kind, as its SPEC says.
WEAVER = "weaver"
PREFIXES = tuple(spec.steered for spec in SPECS.values() if spec.steered)


def keys_of(prefix: str) -> dict[str, str]:
    """The keys of one policy, each with its field."""
    return {f"{prefix}.{name}": name for name in NAMES}


def reason_key(prefix: str) -> str:
    """Why the others are as they are, for people; written beside each change."""
    return f"{prefix}.reason"


BATCH_SIZE, WINDOW_MS, DEGRADED_MODE, MODE, QUALITY = keys_of(WEAVER)
REASON = reason_key(WEAVER)
#: Each key's field of WeaverPolicy.
FIELDS: Mapping[str, str] = {key: name for prefix in PREFIXES for key, name in keys_of(prefix).items()}
KEYS = tuple(FIELDS)

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


@dataclass(frozen=True)
class Range:
    """What a key may hold: one of ``choices``, or a whole number from ``minimum`` to ``maximum``."""

    default: str
    choices: tuple[str, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None


def read_value(key: str, text: str) -> int | bool | Mode | Quality:
    """What a key's text means to a weaver. Raises ValidationError, which is a ValueError."""
    field = FIELDS[key]
    read: int | bool | Mode | Quality = getattr(WeaverPolicy.model_validate({field: text}), field)
    return read


def write_value(value: int | bool | Mode | Quality) -> str:
    """The text of it in the bucket."""
    return value.value if isinstance(value, StrEnum) else str(int(value))


def ranges() -> str:
    """What each key may hold, in words."""
    told = ((key, range_of(key)) for key in KEYS)
    return "; ".join(
        f"{key} {', '.join(may.choices)}" if may.choices else f"{key} {may.minimum} to {may.maximum}"
        for key, may in told
    )


def range_of(key: str) -> Range:
    """For people who choose a value; ``read_value`` takes what lies in it."""
    field = WeaverPolicy.model_fields[FIELDS[key]]
    default = write_value(field.default)
    if field.annotation is bool:
        return Range(default, ("0", "1"))
    if isinstance(field.default, StrEnum):
        return Range(default, tuple(member.value for member in type(field.default)))
    bounds = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "le") if hasattr(rule, name)
    }
    return Range(default, minimum=bounds.get("ge"), maximum=bounds.get("le"))
