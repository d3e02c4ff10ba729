"""nats-server with JetStream, bound to loopback."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.embedded.process import (
    Child,
    executable,
    free_port,
    kept_secret,
    listening,
    spawn,
    wait_ready,
)
from streams.permissions import OPERATOR, authorization, permissions

# Durations are quoted: nats-server reads a bare 2m as two million, and takes that for seconds.
_CONFIG = """
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
server_name: "proteus"
max_payload: 1MB
lame_duck_duration: "30s"
lame_duck_grace_period: "2s"
jetstream {{
  store_dir: "{store}"
  max_file_store: 32GB
  sync_interval: "{sync}"
}}
"""


@dataclass
class NatsServer:
    """A running server."""

    child: Child
    url: str
    monitor_port: int


async def start_nats(
    data: Path,
    logs: Path,
    port: int = 4222,
    sync_interval: str = "2m",
    passwords: Mapping[str, str] | None = None,
) -> NatsServer:
    """Start on ``port`` or, when it is taken, a free one. ``data`` keeps the streams.

    ``passwords`` by user of `streams.permissions`; without them whoever reaches the port may do everything, and
    with them the URL is the operator's.
    """
    data.mkdir(parents=True, exist_ok=True)
    port, monitor = free_port(port), free_port(8222 if port == 4222 else 0)
    config = data / "nats.conf"
    text = _CONFIG.format(port=port, monitor=monitor, store=data / "jetstream", sync=sync_interval)
    if passwords is not None:
        text += access(passwords)
    config.unlink(missing_ok=True)
    config.touch(mode=0o600)
    config.write_text(text)
    child = await spawn("nats-server", [executable("nats-server"), "-c", config], logs / "nats.log")
    await wait_ready(child, lambda: listening(port), 60)
    url = f"nats://127.0.0.1:{port}"
    return NatsServer(child, as_user(url, OPERATOR, passwords) if passwords else url, monitor)


def kept_passwords(data: Path) -> dict[str, str]:
    """A password for each user, made at first use and kept beside the streams."""
    users = (OPERATOR, *permissions())
    return {user: kept_secret(data / f"{user}.password", lambda: secrets.token_hex(20)) for user in users}


def access(passwords: Mapping[str, str]) -> str:
    """The users of a server's configuration, with their passwords in it."""
    return authorization({user: f'"{password}"' for user, password in passwords.items()})


def as_user(url: str, user: str, passwords: Mapping[str, str]) -> str:
    """The same server, as another user."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{user}:{passwords[user]}@{parts.hostname}:{parts.port}"
