"""nats-server with JetStream, bound to loopback."""

from dataclasses import dataclass
from pathlib import Path

from services.embedded.process import Child, executable, free_port, listening, spawn, wait_ready

_CONFIG = """
listen: "127.0.0.1:{port}"
http: "127.0.0.1:{monitor}"
server_name: "proteus"
max_payload: 1MB
lame_duck_duration: 30s
lame_duck_grace_period: 2s
jetstream {{
  store_dir: "{store}"
  max_file_store: 32GB
  sync_interval: {sync}
}}
"""


@dataclass
class NatsServer:
    """A running server."""

    child: Child
    url: str
    monitor_port: int


async def start_nats(data: Path, logs: Path, port: int = 4222, sync_interval: str = "2m") -> NatsServer:
    """Start on ``port`` or, when it is taken, a free one. ``data`` keeps the streams."""
    data.mkdir(parents=True, exist_ok=True)
    port, monitor = free_port(port), free_port(8222 if port == 4222 else 0)
    config = data / "nats.conf"
    config.write_text(
        _CONFIG.format(port=port, monitor=monitor, store=data / "jetstream", sync=sync_interval)
    )
    child = await spawn("nats-server", [executable("nats-server"), "-c", config], logs / "nats.log")
    await wait_ready(child, lambda: listening(port), 15)
    return NatsServer(child, f"nats://127.0.0.1:{port}", monitor)
