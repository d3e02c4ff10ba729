"""Which port the gateway of `proteus up` listens on: one that was asked for is a promise, the default may move."""

import contextlib
import errno
import socket
from collections.abc import Callable

import psutil

from services.embedded.process import StartError, free_port

DEFAULT = 8000


def choose_port(asked: int | None, host: str, say: Callable[[str], None]) -> int:
    """``asked``, where 0 is any that is free; None: the default, or a free one where that is taken.

    Raises StartError when the port that was asked for is not to be had: says who has it, and what to do.
    """
    port = free_port(DEFAULT if asked is None else asked, host)
    if asked is None and port != DEFAULT:
        say(f"port {DEFAULT} is taken{_by(DEFAULT)}: using {port}")
    elif asked and port != asked:
        raise StartError(f"{_why_not(asked, host)}; end that, or choose another: `--port 0` takes a free one")
    return port


def _why_not(port: int, host: str) -> str:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"port {port} on {host} is not to be had ({error.strerror})"
            return f"port {port} on {host} is taken{_by(port)}"
    return f"port {port} is that of another Proteus, which is starting"


def _by(port: int) -> str:
    """Who listens there, as far as the system tells this user."""
    with contextlib.suppress(psutil.Error):
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr[1:] == (port,) and found.pid:
                return f" by {psutil.Process(found.pid).name()} (process {found.pid})"
    return ""
