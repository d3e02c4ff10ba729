"""Connections that cost others nothing: bounded by address and in all, with so long for a head and no longer."""

import asyncio
import ipaddress
import logging
import re
import resource
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HEAD_SECONDS = 10.0
#: Files that the process has besides connections.
_OTHER_FILES = 256
_LEAST = 64
#: Bits of the smallest network that a subscriber of IPv6 is given (RFC 6177), who takes any of its 2⁶⁴ addresses.
_SUBSCRIBER = 64
#: Of a request that asks to go on in another protocol than HTTP, and is answered in HTTP.
_UPGRADE = frozenset({b"upgrade", b"http2-settings"})


def raise_file_limit() -> None:
    """As many files as the system allows this process: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def subscriber(address: str) -> str:
    """Whom a limit by address counts as one: of IPv6 a network; an IPv4 address, and what is none, as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), _SUBSCRIBER), strict=False))


class Admission:
    """Who may be connected. ``trusted`` are the proxies, behind which many clients share an address."""

    def __init__(self, per_address: int, trusted: Sequence[Network], most: int | None = None) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = most or max(_LEAST, files - _OTHER_FILES)
        self._per_address, self._trusted = per_address, trusted
        self._open: Counter[str] = Counter()
        self._all: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # without a whole request in work, the oldest first

    def enter(self, connection: "Connection") -> bool:
        """Whether it may stay. One too many costs the one that has been idle for longest its place."""
        whose = subscriber(connection.address)
        if self._open[whose] >= self._per_address and not self._is_trusted(connection.address):
            return False
        self._open[whose] += 1
        self._all.add(connection)
        self._idle[connection] = None
        if len(connection.connections) > self._most:  # sockets are among them
            # Taken out at once: it is told of its end only after all who came with this one.
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            oldest.transport.abort()
        return True

    def busy(self, connection: "Connection") -> None:
        """A request is in work on it, and has come whole."""
        self._idle.pop(connection, None)

    def idle(self, connection: "Connection") -> None:
        """From now on there is none."""
        if connection in self._all:
            self._idle.pop(connection, None)
            self._idle[connection] = None

    def leave(self, connection: "Connection") -> None:
        """It is closed, or a socket now."""
        if connection in self._all:
            self._all.remove(connection)
            self._idle.pop(connection, None)
            self._less(connection.address)

    def enter_socket(self, address: str) -> None:
        """A connection is one now: nothing makes it leave for others, and its address has it nevertheless."""
        self._open[subscriber(address)] += 1

    def leave_socket(self, address: str) -> None:
        """It is closed."""
        self._less(address)

    def _less(self, address: str) -> None:
        whose = subscriber(address)
        self._open[whose] -= 1
        if not self._open[whose]:
            del self._open[whose]

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return True  # a Unix socket has none
        return any(found in network for network in self._trusted)


class Connection(HttpToolsProtocol):
    """uvicorn's, with a time limit for a request's head, and with the body of a request that asks for an upgrade."""

    def __init__(self, admission: Admission, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._admission = admission
        self._timer: asyncio.TimerHandle | None = None
        self.address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        if not self._admission.enter(self):
            transport.abort()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        self._admission.leave(self)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._forget_head()
        if self.parser.should_upgrade() and not self._should_upgrade():
            return  # comes once more, without the wish
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if not self.pipeline:  # behind a request that is in work, it is not what the connection waits for
            self._admission.idle(self)

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._admission.busy(self)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle is None or self.cycle.response_complete:
            self._admission.idle(self)

    def handle_websocket_upgrade(self) -> None:
        self._forget_head()
        self._admission.leave(self)
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        try:
            self._unset_keepalive_if_required()
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self.parser.get_method() == b"CONNECT":
                self.send_400_response("This is no proxy.")
            elif self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._stay(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def _stay(self, rest: bytes) -> None:
        """Go on in HTTP/1.1, as RFC 9110 lets a server do: the parser would take the body for the other protocol's."""
        line = b"%s %s HTTP/%s\r\n" % (
            self.parser.get_method(),
            self.url,
            self.parser.get_http_version().encode(),
        )
        head = b"".join(
            b"%s: %s\r\n" % (name, value) for name, value in map(_without_wish, self.headers) if name
        )
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.data_received(line + head + b"\r\n" + rest)

    def _expect_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _forget_head(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:  # a request was sent behind one that is still in work
            self._expect_head()


class CountedSocket(WebSocketsSansIOProtocol):
    """uvicorn's, counted for its address until it is closed."""

    def __init__(self, admission: Admission, **uvicorns: Any) -> None:
        super().__init__(**uvicorns)
        self._admission = admission
        self._address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self._admission.enter_socket(self._address)

    def connection_lost(self, exc: Exception | None) -> None:
        self._admission.leave_socket(self._address)
        super().connection_lost(exc)


def _without_wish(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """No name for what is to be left out."""
    name, value = header
    if name in _UPGRADE:
        return b"", b""
    if name == b"connection":
        kept = [token for token in re.split(rb"\s*,\s*", value) if token.lower() not in _UPGRADE]
        return (name, b", ".join(kept)) if kept else (b"", b"")
    return name, value
