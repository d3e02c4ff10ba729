"""Settings that more than one service reads. Each service has its own beside its app."""

from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.connection_string import checked

S = TypeVar("S", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is missing or malformed. The message is one line that names it."""


def _number(value: object) -> object:
    """The environment has texts alone; a Literal of numbers accepts none."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def nats_servers(value: str) -> str:
    """Addresses of servers as they are. Raises ValueError for what a client would stumble over later."""
    for url in [each.strip() for each in value.split(",") if each.strip()] or [""]:
        try:
            parts = urlsplit(url if "://" in url else f"nats://{url}")
            named = parts.hostname and parts.port != 0
        except ValueError:  # a bracket that is not closed, a port that is no number
            named = None
        if not named or parts.scheme not in ("nats", "tls", "ws", "wss"):
            raise ValueError(
                "is written as nats://host:4222 or nats://user:password@host:4222, several with commas between; "
                "signs such as / and # of a password as %2F and %23"
            )
    return value


class NatsSettings(BaseSettings):
    """Where NATS is. ``NATS_URL`` may list several servers, separated by commas."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    nats_url: Annotated[str, AfterValidator(nats_servers)] = Field(
        "nats://127.0.0.1:4222", description="NATS servers, separated by commas."
    )
    replicas: Annotated[Literal[1, 3, 5], BeforeValidator(_number)] = Field(
        1, validation_alias="PROTEUS_NATS_REPLICAS", description="Copies of each stream and KV bucket."
    )
    sync_interval: str = Field(
        "2m",
        validation_alias="PROTEUS_NATS_SYNC_INTERVAL",
        pattern=r"^(always|[0-9]+(ms|s|m))$",
        description="How often the nats-server of `proteus up` flushes to disk; `always`: before it acknowledges.",
    )

    @property
    def servers(self) -> list[str]:
        """The URLs, one by one."""
        return [url.strip() for url in self.nats_url.split(",") if url.strip()]


def _web_address(value: str) -> str:
    """With a scheme and a host. Raises ValueError for what an S3 client would stumble over later."""
    parts = urlsplit(value.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is written as https://host or http://host:port, a path may follow")
    return value.strip().rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class StorageSettings(BaseSettings):
    """Where the S3 bucket is."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    s3_endpoint_url: WebAddress = Field(description="S3 API that the services use.")
    s3_public_endpoint_url: WebAddress | None = Field(
        None, description="S3 API as browsers reach it, when it differs from S3_ENDPOINT_URL."
    )
    s3_bucket: str = Field("proteus", description="Bucket for every picture.")
    s3_region: str = Field("us-east-1", description="Region that requests are signed for.")
    s3_addressing_style: Literal["path", "virtual"] = Field(
        "path", description="Where the bucket's name stands: in the path, or before the host (`virtual`)."
    )
    aws_access_key_id: str = Field(description="S3 access key.")
    aws_secret_access_key: SecretStr = Field(description="S3 secret key.")

    def bucket_url(self, endpoint: str) -> str:
        """Where the bucket is at this endpoint; its keys follow after a slash."""
        if self.s3_addressing_style == "path":
            return f"{endpoint}/{self.s3_bucket}"
        scheme, _, rest = endpoint.partition("://")
        return f"{scheme}://{self.s3_bucket}.{rest}"


class DatabaseSettings(BaseSettings):
    """Where PostgreSQL is."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: Annotated[str, AfterValidator(checked)] = Field(
        description="PostgreSQL, for example postgresql://user:password@host/db."
    )


class CostSettings(BaseSettings):
    """What the machines cost: counted by workers, shown by the gateway and `proteus status`."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    gpu_hour_price: float = Field(
        0,
        ge=0,
        allow_inf_nan=False,
        description="What an hour of a weaver costs you, in any currency; 0: unknown. For metrics and `/admin`.",
    )


def load(settings: type[S], **values: Any) -> S:
    """Read ``settings`` from the environment and ``.env``; ``values`` win.

    Raises SettingsError with one line that names the first setting at fault.
    """
    try:
        return settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = variable(settings, str(first["loc"][0]) if first["loc"] else "")
        rest = ".".join(str(part) for part in first["loc"][1:])
        field = name + (f"__{rest.upper()}" if rest else "")
        why = "is not set" if first["type"] == "missing" else first["msg"]
        raise SettingsError(f"{field}: {why}") from None


def variable(settings: type[BaseSettings], location: str) -> str:
    """The environment variable behind a field or alias name."""
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        if location in (name, alias):
            return str(alias) if alias else f"{settings.model_config.get('env_prefix', '')}{name}".upper()
    return location
