"""Settings of the gateway."""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, FilePath, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.pictures import MAX_MEGABYTES
from services.connections import Network
from services.http_server import HttpServer

_COLOUR = r"^#[0-9A-Fa-f]{6}$"
_LOOPBACK = ("127.0.0.1", "::1")


class GatewaySettings(BaseSettings):
    """What the gateway reads besides the servers' addresses."""

    model_config = SettingsConfigDict(env_prefix="PROTEUS_", env_file=".env", extra="ignore", frozen=True)

    jwt_secret: SecretStr = Field(
        min_length=32, validation_alias="JWT_SECRET", description="Signs sessions; 32 characters or more."
    )
    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Its port.")
    probe_host: str = Field("127.0.0.1", description="Where /metrics listens, and the probes beside it.")
    probe_port: int = Field(0, ge=0, le=65535, description="Their port; 0 takes a free one and logs it.")
    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of the proxies in front, separated by commas: what they say of the "
        "client (X-Forwarded-For, X-Forwarded-Proto) counts. Proxies on this machine count anyway.",
    )
    connections_per_address: int = Field(
        1000,
        ge=1,
        description="Connections, sockets among them, that one address may have open on a replica; proxies may "
        "have more.",
    )
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
    fetch_pictures: bool = Field(
        False,
        description="Fetch a garment's picture by its address, from public servers alone, for browsers that may "
        "not. `proteus up`: true.",
    )
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
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^/\s]+$",
        description="Where people reach this site, for links in mail and previews of links, for example "
        "https://try.example.com.",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="The mail server for links to new passwords: smtp://user:password@host:587 or smtps://host:465. "
        "None: the operator hands out links by `proteus users reset`.",
    )
    mail_from: str | None = Field(
        None, validate_default=True, description="Whom that mail is from: an address, with a name or without."
    )
    brand_name: str = Field("Proteus", min_length=1, max_length=40, description="What the site is called.")
    brand_logo: FilePath | None = Field(None, description="Its logo: an SVG, PNG, WebP or JPEG file.")
    brand_colour: str | None = Field(
        None, pattern=_COLOUR, description="Of its buttons and links, as #rrggbb, on light ground."
    )
    brand_colour_dark: str | None = Field(None, pattern=_COLOUR, description="The same on dark ground.")
    privacy_page: FilePath | None = Field(
        None, description="What you say of privacy, as Markdown; left out, what the software does is told."
    )
    terms_page: FilePath | None = Field(None, description="Your terms, as Markdown.")
    web: bool = Field(True, description="Serve the web app.")
    web_dir: Path | None = Field(
        None, description="Where the built web app lies; left out, it is looked for beside the code."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            ip_network(part, strict=False)  # its message names what is none
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("begins with smtp:// or smtps:// and names a host")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_needs(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("smtp_url") and not (value and info.data.get("public_url")):
            raise ValueError("is needed with PROTEUS_SMTP_URL, and so is PROTEUS_PUBLIC_URL")
        return value

    def allowed_origins(self) -> frozenset[str]:
        """``origins``, one by one."""
        return frozenset(normalized_origin(origin) for origin in self.origins.split(",") if origin.strip())

    def proxies(self) -> tuple[Network, ...]:
        """``trusted_proxies``, one by one; whoever is on this machine is trusted, too."""
        named = (part.strip() for part in self.trusted_proxies.split(","))
        return tuple(ip_network(part, strict=False) for part in (*_LOOPBACK, *named) if part)

    def public_server(self) -> HttpServer:
        """Not open yet."""
        return HttpServer(self.host, self.port, self.proxies(), self.connections_per_address)

    def probe_server(self) -> HttpServer:
        """Not open yet."""
        return HttpServer(self.probe_host, self.probe_port)


def normalized_origin(origin: str) -> str:
    """As browsers write it: lower case, and no port that the scheme means anyway."""
    scheme, separator, authority = origin.strip().rstrip("/").lower().partition("://")
    return scheme + separator + authority.removesuffix({"http": ":80", "https": ":443"}.get(scheme, "/"))
