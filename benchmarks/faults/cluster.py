"""A JetStream cluster of nats-servers on loopback."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from services.embedded.process import Child, executable, listening, spawn, wait_ready

_CONFIG = """
listen: "127.0.0.1:{port}"
server_name: "n{number}"
jetstream {{ store_dir: "{store}", max_file_store: 32GB, sync_interval: always }}
cluster {{
  name: "faults"
  listen: "127.0.0.1:{route}"
  routes: [{routes}]
}}
"""


def start_member(
    data: Path, logs: Path, peers: Sequence[tuple[int, int]], number: int, access: str
) -> Callable[[], Awaitable[Child]]:
    """How to start (again) the member of that number.

    ``peers`` are client and route ports of all members, ``access`` is the block of users and what they may.
    """
    port, route = peers[number]
    routes = ", ".join(f'"nats://127.0.0.1:{other}"' for _, other in peers)

    async def start() -> Child:
        own = data / f"n{number}"
        own.mkdir(parents=True, exist_ok=True)
        config = own / "nats.conf"
        text = _CONFIG.format(port=port, route=route, number=number, store=own / "jetstream", routes=routes)
        config.write_text(text + access)
        child = await spawn(
            f"nats-{number + 1}", [executable("nats-server"), "-c", config], logs / f"nats-{number + 1}.log"
        )
        await wait_ready(child, lambda: listening(port), 15)
        return child

    return start
