"""Connections that are opened and not used, and requests that ask for another protocol."""

import asyncio
import contextlib
import sys
from ipaddress import ip_network

import pytest
from beside import costs_others_nothing, p95
from loopback import http_client
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage

from services.connections import subscriber
from services.embedded.process import free_port, listening, spawn, wait_ready
from services.http_server import HttpServer

HALF_OPEN = 1100
#: A server that may have so many files as a shell gives a process, and not one more.
SERVER = """
import asyncio, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
from prometheus_client import CollectorRegistry
from services.probes import probe_app
from services.http_server import HttpServer
app = probe_app("test", CollectorRegistry(), live=lambda: None, ready=lambda: None)
async def main():
    await HttpServer("127.0.0.1", {port}{more}).serve(app, asyncio.Event())
asyncio.run(main())
"""
TRUSTED = ', (__import__("ipaddress").ip_network("127.0.0.0/8"),)'


async def _echo(request):
    return Response(await request.body())


async def _stay(socket):
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        await socket.receive_text()


@contextlib.asynccontextmanager
async def _serving(**more):
    """An echo at POST /, and a socket that stays; its port."""
    port, stop = free_port(), asyncio.Event()
    app = Starlette(routes=[Route("/", _echo, methods=["POST"]), WebSocketRoute("/ws", _stay)])
    serving = asyncio.create_task(HttpServer("127.0.0.1", port, **more).serve(app, stop))
    async with asyncio.timeout(60):
        while not await listening(port):
            await asyncio.sleep(0.02)
    yield port
    stop.set()
    await asyncio.wait_for(serving, 60)


async def test_half_open_connections_leave_room_for_who_asks(tmp_path):
    port = free_port()
    script = SERVER.format(
        port=port, more=TRUSTED
    )  # loopback as a proxy: the bound by address is another test's
    child = await spawn("server", [sys.executable, "-c", script], tmp_path / "log")
    await wait_ready(child, lambda: listening(port), 60)
    async with http_client(timeout=120) as http:

        async def ask():
            """On a connection of its own."""
            answer = await http.get(f"http://127.0.0.1:{port}/healthz", headers={"Connection": "close"})
            assert answer.status_code == 200

        async def quiet():
            return await p95(ask, lambda count: count == 40)

        async def half_open():
            opened = []
            for _ in range(HALF_OPEN):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /healthz HTTP/1.1\r\nHost: gate")
                opened.append((reader, writer))
            took = await quiet()
            for (
                reader,
                _,
            ) in opened:  # the server ends every one of them, whenever its head has taken too long
                with contextlib.suppress(ConnectionResetError):
                    assert await asyncio.wait_for(reader.read(), 300) == b""
            for _, writer in opened:
                await _close(writer)
            return took

        await costs_others_nothing(f"{HALF_OPEN} half-open connections", quiet, half_open)
    await child.stop()


class _Caller:
    """Connections from one address, which stay open until the caller leaves."""

    def __init__(self, port, address):
        self._port, self._address, self._writers = port, address, []

    async def is_let_in(self) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._address, 0))
        self._writers.append(writer)
        try:
            writer.write(b"POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\nhi")
            return (await asyncio.wait_for(reader.readline(), 60)).startswith(b"HTTP/1.1 200")
        except ConnectionError:
            return False

    async def leave(self):
        while self._writers:
            await _close(self._writers.pop())


async def _close(writer):
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
async def test_one_address_has_so_many_connections_and_a_proxy_more():
    async with _serving(per_address=3) as port:
        crowd, other = _Caller(port, "127.0.0.2"), _Caller(port, "127.0.0.3")
        assert [await crowd.is_let_in() for _ in range(5)] == [True] * 3 + [False] * 2
        assert await other.is_let_in()
        await crowd.leave()
        async with asyncio.timeout(60):
            while not await crowd.is_let_in():
                await asyncio.sleep(0.05)
        for caller in (crowd, other):
            await caller.leave()
    async with _serving(per_address=3, proxies=[ip_network("127.0.0.2")]) as port:
        proxy = _Caller(port, "127.0.0.2")
        assert all([await proxy.is_let_in() for _ in range(5)])
        await proxy.leave()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere loopback has one address")
async def test_sockets_are_connections_of_their_address():
    async with _serving(per_address=3) as port:
        crowd, other = _Caller(port, "127.0.0.2"), _Caller(port, "127.0.0.3")

        def socket():
            address = ("127.0.0.2", 0)
            return connect(f"ws://127.0.0.1:{port}/ws", local_addr=address, open_timeout=60, proxy=None)

        sockets = [await socket(), await socket()]
        assert [await crowd.is_let_in() for _ in range(2)] == [True, False]
        with pytest.raises((OSError, InvalidMessage)):
            await socket()
        assert await other.is_let_in()
        await sockets[0].close()
        async with asyncio.timeout(60):
            while not await crowd.is_let_in():
                await asyncio.sleep(0.05)
        await sockets[1].close()
        for caller in (crowd, other):
            await caller.leave()


UPGRADE = (
    b"POST / HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
)
WHOLE = UPGRADE + b"Content-Length: 11\r\n\r\nhello there"
CHUNKED = UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nthere\r\n0\r\n\r\n"


@pytest.mark.parametrize("request_", [WHOLE, CHUNKED], ids=["whole", "chunked"])
@pytest.mark.parametrize("cut", [0, 40, 90, 190, -20, -3])
async def test_a_body_that_comes_with_a_wish_for_http_2_is_kept(request_, cut):
    """Java's client asks so, and `curl --http2`; the next request on the connection is answered, too."""
    async with _serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(2):
            for part in (request_[:cut], request_[cut:]):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            async with asyncio.timeout(60):
                head = await reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200") and b"content-length: 11" in head
                assert await reader.readexactly(11) == b"hello there"
        await _close(writer)


async def test_what_is_no_http_and_a_wish_for_a_tunnel_are_refused():
    async with _serving() as port:
        for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"CONNECT other:443 HTTP/1.1\r\nHost: other\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(nonsense)
            async with asyncio.timeout(60):
                assert (await reader.readline()).startswith(b"HTTP/1.1 400")
                await reader.read()
            await _close(writer)


@pytest.mark.parametrize(
    ("address", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:ffff:ffff:ffff", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_of_ipv6_a_network_is_one_subscriber(address, whose):
    assert subscriber(address) == whose
