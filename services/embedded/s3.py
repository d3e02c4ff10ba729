"""SeaweedFS as an S3, bound to loopback."""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.embedded.certificate import make_certificate
from services.embedded.process import Child, executable, free_port, kept_secret, spawn, wait_ready

ACCESS_KEY = "proteus"
_PORT = "port"

#: Names of the parts of SeaweedFS, as its settings have them.
_PARTS = ("MASTER", "VOLUME", "FILER", "S3", "ADMIN", "WORKER", "CLIENT")
_TOKEN_KEYS = ("SIGNING", "SIGNING_READ", "FILER_SIGNING", "FILER_SIGNING_READ")


@dataclass
class S3Server:
    """A running server with its one identity."""

    child: Child
    endpoint: str
    access_key: str
    secret_key: str


def port_with_sockets(user: int, wanted: int = 0) -> int:
    """``wanted`` or a free port where ``user`` may run a SeaweedFS.

    It names sockets in /tmp by its ports, leaves them there, and does not start where another user's is in its way.
    """
    port = free_port(wanted)
    while user != 0 and _owners(port) - {user}:
        port = free_port()
    return port


def _owners(port: int) -> set[int]:
    """Whose sockets were left there."""
    owners = set()
    for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108  SeaweedFS's choice
        with contextlib.suppress(FileNotFoundError):
            owners.add(path.lstat().st_uid)
    return owners


def _kept_port(data: Path) -> int:
    """Where it was the last time; 0 when that is not known."""
    with contextlib.suppress(OSError, ValueError):
        port = int((data / _PORT).read_text())
        return port if 0 < port < 2**16 else 0
    return 0


def _among_themselves(data: Path) -> dict[str, str]:
    """Settings by which the parts answer each other alone, made anew for each start.

    They listen on ports of their own and else take whoever reaches these for one of them: another user of this
    machine, or a page in a browser.
    """
    certificate, key = make_certificate(data)
    settings = {f"WEED_JWT_{name}_KEY": secrets.token_hex(32) for name in _TOKEN_KEYS}
    settings["WEED_GRPC_CA"] = str(certificate)
    for part in _PARTS:
        settings |= {f"WEED_GRPC_{part}_CERT": str(certificate), f"WEED_GRPC_{part}_KEY": str(key)}
    return settings


async def start_s3(data: Path, logs: Path, bucket: str, port: int = 8333) -> S3Server:
    """Start where ``data`` was served before, else on ``port``; when it is taken, on a free one.

    ``data`` keeps the objects, the secret and the port: a page that is open has pictures' URLs, and goes on.
    """
    data.mkdir(parents=True, exist_ok=True)
    secret = kept_secret(data / "secret", lambda: secrets.token_hex(20))
    identity = {
        "name": "proteus",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": secret}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    config = data / "s3.json"
    config.unlink(missing_ok=True)
    config.touch(mode=0o600)
    config.write_text(json.dumps({"identities": [identity]}))
    store = data / "objects"
    store.mkdir(exist_ok=True)
    port = port_with_sockets(os.geteuid(), _kept_port(data) or port)
    # All of them: where a port of its own is taken, it tries the next ones, which others were given.
    ports = {name: port_with_sockets(os.geteuid()) for name in ("master", "volume", "filer", "admin")}
    grpc = {f"{name}.port.grpc": port_with_sockets(os.geteuid()) for name in (*ports, "s3")}
    command: list[str | Path] = [
        executable("weed"), "-logtostderr=true", "mini", f"-dir={store}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
        f"-s3.port={port}", f"-s3.config={config}", f"-bucket={bucket}", "-s3.port.iceberg=0",
        "-s3.port.lance=0", "-s3.iam=false", "-webdav=false", "-admin.ui=false",
        "-master.telemetry=false",  # it is on by default
        "-disableHttp",  # of master and filer: a collection can be deleted there with a GET, whatever the tokens
        *(f"-{name}.port={number}" for name, number in ports.items()),
        *(f"-{name}={number}" for name, number in grpc.items()),
    ]  # fmt: skip
    child = await spawn("seaweedfs", command, logs / "s3.log", {**os.environ, **_among_themselves(data)})
    endpoint = f"http://127.0.0.1:{port}"

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
                # An unsigned request is refused once the gateway, its filer and the bucket are there.
                return (await http.get(f"{endpoint}/{bucket}")).status_code == 403
        except httpx.TransportError:
            return False

    await wait_ready(child, ready, 90)
    (data / _PORT).write_text(f"{port}\n")
    return S3Server(child, endpoint, ACCESS_KEY, secret)
