"""A picture by its address: from public servers alone, whatever names and redirects say, and bounded."""

import asyncio
import contextlib
import io
from ipaddress import ip_address

import pytest
from loopback import http_client
from PIL import Image

from services.gateway.errors import ApiError
from services.gateway.objects.fetch import Fetcher
from services.gateway.objects.public_addresses import is_public

#: Of these tests: the one public address. Others of the machine are somebody's own network.
PUBLIC, PRIVATE = "127.0.0.1", "127.0.0.2"
MOST = 100_000


def _picture():
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "olive").save(buffer, "JPEG")
    return buffer.getvalue()


class Web:
    """A server: ``answer`` is what it sends, whole or for ever; counts who came and what it sent."""

    def __init__(self, answer):
        self.answer, self.came, self.sent, self.port = answer, 0, 0, 0
        self.serving = set()

    async def serve(self, reader, writer):
        self.came += 1
        self.serving.add(asyncio.current_task())
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            async for piece in self.answer:
                writer.write(piece)
                self.sent += len(piece)
                await writer.drain()
        writer.close()

    async def end(self):
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving)


async def _once(*pieces):
    for piece in pieces:
        yield piece


async def _for_ever(head, piece, pause=0.0):
    yield head
    while True:
        yield piece
        await asyncio.sleep(pause)


def _ok(body, content_type="image/jpeg", length=None, more=""):
    size = len(body) if length is None else length
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {size}\r\n{more}\r\n"
    return _once(head.encode(), body)


def _to(place):
    return _once(f"HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode())


@pytest.fixture
async def serve():
    """Serve an answer on one of the machine's addresses."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(answer, host=PUBLIC, port=0):
            web = Web(answer)
            server = await asyncio.start_server(web.serve, host, port)
            stack.push_async_callback(server.wait_closed)
            stack.push_async_callback(web.end)
            stack.callback(server.close)
            web.port = server.sockets[0].getsockname()[1]
            return web

        yield start


def _fetcher(names=None, seconds=60.0):
    """``names``: what each look-up of any host finds, one after the other."""
    answers = iter(names or ())

    async def resolve(host, _port):
        return next(answers) if names else [host]

    return Fetcher(lambda address, _port: address == ip_address(PUBLIC), resolve, seconds)


async def _refusal(fetcher, url):
    with pytest.raises(ApiError) as refused:
        await fetcher.fetch(url, MOST)
    assert refused.value.status == 422
    return refused.value.code


@pytest.mark.parametrize("redirected", [False, True])
async def test_a_picture_of_a_public_server_comes(serve, redirected):
    web = await serve(_ok(_picture()))
    first = await serve(_to(f"http://shop.example:{web.port}/b.jpg")) if redirected else web
    fetcher = _fetcher([[PUBLIC]] * (1 + redirected))
    assert await fetcher.fetch(f"http://shop.example:{first.port}/a.jpg#x", MOST) == (_picture(), "jpeg")


NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.10", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "localhost",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "168.63.129.16",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "[::]", "[::1]", "[fe80::1]",
    "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[2001:db8::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", NOT_PUBLIC)
async def test_no_address_of_a_network_of_ones_own_is_asked(host):
    with pytest.raises(ApiError) as refused:
        await Fetcher().fetch(f"http://{host}/x.jpg", MOST)
    # Not every machine's library reads every form; what it does not read is no address at all.
    assert refused.value.code in ("address_not_public", "picture_not_fetched")
    assert refused.value.code == "address_not_public" or not host.startswith("[")


@pytest.mark.parametrize(
    ("address", "port", "public"),
    [
        ("93.184.216.34", 443, True), ("93.184.216.34", 8080, True), ("2606:2800:220:1::1", 80, True),
        ("::ffff:93.184.216.34", 80, True), ("93.184.216.34", 22, False), ("93.184.216.34", 6379, False),
        ("2606:2800:220:1::1", 5432, False),
    ],
)  # fmt: skip
def test_public_addresses_have_ports_of_the_web(address, port, public):
    assert is_public(ip_address(address), port) is public


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.example/x.jpg", "file:///etc/passwd", "//shop.example/x.jpg", "data:image/png;base64,AAAA",
     "http://", "http:///x.jpg", "http://user:secret@shop.example/x.jpg", "gopher://shop.example:6379/_x",
     "http://[::1", "http://shop.example:99999/x.jpg", "x" * 2000],
)  # fmt: skip
async def test_what_is_no_address_of_a_picture_is_refused(url):
    assert await _refusal(_fetcher([[PUBLIC]] * 9), url) == "picture_not_fetched"


async def test_one_private_address_of_several_is_enough(serve):
    inside = await serve(_ok(_picture()), PRIVATE)
    fetcher = _fetcher([[PUBLIC, PRIVATE]])
    assert await _refusal(fetcher, f"http://shop.example:{inside.port}/") == "address_not_public"
    assert inside.came == 0


@pytest.mark.parametrize("place", [f"http://{PRIVATE}:%d/x.jpg", f"//{PRIVATE}:%d/", "http://[::1]:%d/"])
async def test_a_redirect_into_a_network_is_not_followed(serve, place):
    inside = await serve(_ok(_picture()), PRIVATE)
    web = await serve(_to(place % inside.port))
    assert await _refusal(_fetcher(), f"http://{PUBLIC}:{web.port}/") == "address_not_public"
    assert (web.came, inside.came) == (1, 0)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://a:b@127.0.0.1/", ""])
async def test_a_redirect_to_no_picture_is_not_followed(serve, place):
    web = await serve(_to(place))
    assert await _refusal(_fetcher([[PUBLIC]]), f"http://{PUBLIC}:{web.port}/") == "picture_not_fetched"


async def test_redirects_end(serve):
    web = await serve(_to("/again"))
    web.answer = _Again()
    assert await _refusal(_fetcher(), f"http://{PUBLIC}:{web.port}/") == "picture_not_fetched"
    assert web.came == 6


class _Again:
    """The same redirect each time that somebody comes."""

    def __aiter__(self):
        return _to("/again")


async def test_a_name_that_means_another_address_the_second_time_leads_nowhere_else(serve):
    """The connection goes to what was judged."""
    web = await serve(_ok(_picture()))
    inside = await serve(_ok(b"secret"), PRIVATE, web.port)
    fetcher = _fetcher([[PUBLIC], [PRIVATE], [PRIVATE]])
    assert (await fetcher.fetch(f"http://rebind.example:{web.port}/", MOST))[0] == _picture()
    assert (web.came, inside.came) == (1, 0)
    # And when a redirect has it looked up anew, the new address is judged.
    again = await serve(_to(f"http://rebind.example:{web.port}/"))
    fetcher = _fetcher([[PUBLIC], [PRIVATE]])
    assert await _refusal(fetcher, f"http://rebind.example:{again.port}/") == "address_not_public"
    assert inside.came == 0


_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_JPEG_HEAD = b"\xff\xd8\xff\xe0" + bytes(60)


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (lambda: _ok(b"", length=10 * 2**30), "10 GB, by its own word"),
        (lambda: _for_ever(_CHUNKED, b"1000\r\n" + _JPEG_HEAD * 64 + b"\r\n"), "without end"),
        (lambda: _for_ever(_CHUNKED, b"1000\r\n" + b"<p>hello</p>0000" * 256 + b"\r\n"), "a page without end"),
        (lambda: _ok(b"<html>log in</html>"), "a page that says it is a picture"),
        (lambda: _ok(_picture(), more="Content-Encoding: gzip\r\n"), "compressed"),
        (lambda: _once(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "not there"),
        (lambda: _once(b"HTTP/1.1 206 Partial\r\nContent-Length: 0\r\n\r\n"), "a part"),
        (lambda: _ok(_picture()[:100], length=len(_picture())), "less than it says"),
        (lambda: _once(b"220 mail.example ESMTP\r\n"), "no HTTP"),
        (lambda: _once(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10**6 + b"\r\n\r\n"), "a head without end"),
        (lambda: _once(), "nothing"),
    ],
)  # fmt: skip
async def test_what_is_too_large_or_no_picture_is_refused(serve, answer, what):
    web = await serve(answer())
    assert await _refusal(_fetcher(), f"http://{PUBLIC}:{web.port}/") == "picture_not_fetched", what
    assert web.sent < 50 * 2**20, "what was read is bounded"


@pytest.mark.parametrize(
    "answer",
    [
        lambda: _for_ever(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.01),
        lambda: _for_ever(_CHUNKED, b"1\r\n\xff\r\n", 0.01),
        lambda: _for_ever(b"", b"", 0.01),
    ],
    ids=["head", "body", "silent"],
)
async def test_what_is_slow_is_refused(serve, answer):
    web = await serve(answer())
    assert await _refusal(_fetcher(seconds=0.5), f"http://{PUBLIC}:{web.port}/") == "picture_not_fetched"


async def test_the_route_stores_what_it_fetched_where_the_operator_lets_it(site, serve, join):
    web = await serve(_ok(_picture()))
    web.answer = _Picture()
    wanted = {"url": f"http://{PUBLIC}:{web.port}/shirt.jpg"}
    async with site.gateway(fetch_pictures=True, fetcher=_fetcher()) as url:
        ada = await join(url)
        told = await ada.http.post("/images/fetch", json=wanted)
        assert told.status_code == 201, told.text
        async with http_client() as s3:
            assert (await s3.get(told.json()["url"])).content == _picture()
        page = await ada.http.get("/studio", params={"garment": "https://shop.example/a;b,c d.jpg"})
        assert "connect-src https://shop.example 'self'" in page.headers["content-security-policy"]
        for other in ("https://a.example;script-src *", "https://x y/", "http://shop.example/"):
            page = await ada.http.get("/studio", params={"garment": other})
            assert "connect-src 'self'" in page.headers["content-security-policy"]
        used = {"key": told.json()["key"], "role": "garment"}
        assert (await ada.http.post("/jobs/photo_check", json=used)).status_code == 202
        assert (await ada.http.get("/config.json")).json()["fetch_pictures"] is True
        statuses = [
            (await ada.http.post("/images/fetch", json={"url": f"http://{PRIVATE}/"})).status_code
            for _ in range(25)
        ]
        assert statuses[:19] == [422] * 19 and 429 in statuses
    async with site.gateway() as url:
        bob = await join(url)
        refused = await bob.http.post("/images/fetch", json=wanted)
        assert (refused.status_code, refused.json()["code"]) == (403, "fetch_not_allowed")


class _Picture:
    """The picture each time that somebody comes."""

    def __aiter__(self):
        return _ok(_picture())
