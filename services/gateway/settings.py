"""Settings of the gateway."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.pictures import MAX_MEGABYTES


class GatewaySettings(BaseSettings):
    """What the gateway reads besides the servers' addresses."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    jwt_secret: SecretStr = Field(
        min_length=32, validation_alias="JWT_SECRET", description="Signs sessions; 32 characters or more."
    )
    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port.")
    origins: str = Field(
        "", description="Other origins whose pages may call the API, separated by commas; none when empty."
    )
    guests: bool = Field(False, description="Visitors may try it before they sign up. `proteus up`: true.")
    secure_cookie: bool = Field(False, description="Send the session cookie over https alone.")
    session_hours: int = Field(24 * 7, ge=1, description="How long a sign-in lasts.")
    access_minutes: int = Field(
        15, ge=1, description="How long an access token lasts; cookies renew theirs by themselves."
    )
    url_seconds: int = Field(900, ge=60, le=604800, description="How long a presigned URL lasts.")
    max_upload_mb: int = Field(MAX_MEGABYTES, ge=1, le=MAX_MEGABYTES, description="Largest picture file.")
    max_queued_jobs: int = Field(2000, ge=1, description="Jobs that one user may have waiting.")
    requests_per_minute: int = Field(
        30000, ge=1, description="Requests that one user may make, on all replicas together; as many at once."
    )
    max_sockets: int = Field(1000, ge=1, description="WebSockets that one user may have open on a replica.")
    retention_days: float = Field(
        0, ge=0, description="Pictures, try-ons and jobs older than this are removed; 0 keeps them."
    )
    reconcile_seconds: float = Field(
        20, ge=0.2, description="How often, and how old, lost requests, results and objects are looked for."
    )
    web: bool = Field(True, description="Serve the web app.")
    web_dir: Path | None = Field(
        None, description="Where the built web app lies; left out, it is looked for beside the code."
    )

    def allowed_origins(self) -> frozenset[str]:
        """``origins``, one by one."""
        return frozenset(origin.strip().rstrip("/") for origin in self.origins.split(",") if origin.strip())
