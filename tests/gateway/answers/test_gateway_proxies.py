"""Behind the real nginx with its template, and another one in front of it: who the client is, and how they came."""

import asyncio
import contextlib
import hashlib
import os
from pathlib import Path

import httpx
import pytest
import structlog
from loopback import http_client
from programs import program

from services.embedded.process import free_port, listening, spawn, wait_ready
from services.gateway.settings import GatewaySettings

TEMPLATE = Path(__file__).parents[3] / "web/nginx.conf.template"
#: The addresses that the two proxies call from, which is what the gateway and the inner one see of them.
INNER, OUTER = "127.0.0.5", "127.0.0.6"
_MAIN = """
{user} daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1; events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {servers}
}}
"""
#: What any proxy that speaks https with the client says to the next one.
_OUTER = """
server {{
  listen 127.0.0.1:{port};
  location / {{
    proxy_pass http://127.0.0.1:{behind}; proxy_bind {own}; proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto https;
  }}
}}
"""


@pytest.fixture
def nginx(tmp_path):
    """Start one with a configuration of servers on a port."""
    command = program("nginx")

    @contextlib.asynccontextmanager
    async def start(port, servers):
        folder = tmp_path / f"nginx-{port}"
        folder.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(_MAIN.format(user=user, folder=folder, servers=servers))
        child = await spawn("nginx", [command, "-p", folder, "-c", folder / "nginx.conf"], folder / "log")
        await wait_ready(child, lambda: listening(port), 60)
        yield f"http://127.0.0.1:{port}"
        await child.stop()

    return start


def _inner(port, gateway):
    text = TEMPLATE.read_text().replace("listen 8080;", f"listen 127.0.0.1:{port};")
    text = text.replace("${GATEWAY_URL}", gateway).replace("${S3_PUBLIC_ENDPOINT_URL}", "")
    return text.replace("proxy_http_version 1.1;", f"proxy_http_version 1.1; proxy_bind {INNER};")


def _client(url, address):
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return http_client(url, transport=transport)


@pytest.mark.parametrize("hops", [1, 2])
async def test_ten_attackers_behind_the_proxies_keep_nobody_out(site, nginx, hops):
    port, front = free_port(), free_port()
    async with contextlib.AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(site.gateway(trusted_proxies=f"{INNER}, {OUTER}"))
        url = await stack.enter_async_context(nginx(port, _inner(port, gateway)))
        if hops == 2:
            url = await stack.enter_async_context(
                nginx(front, _OUTER.format(port=front, behind=port, own=OUTER))
            )
        lines = stack.enter_context(structlog.testing.capture_logs())
        honest = await stack.enter_async_context(_client(url, "127.0.0.77"))
        account = {"email": "honest@example.com", "password": "long enough"}
        entered = await honest.post("/user/signup", json=account)
        assert entered.status_code == 201
        assert ("Secure" in entered.headers["set-cookie"]) == (hops == 2), (
            "the scheme of the first hop counts"
        )
        honest.cookies.clear()
        for number in range(10):
            attacker = await stack.enter_async_context(_client(url, f"127.0.0.{100 + number}"))
            wrong = {"email": f"nobody{number % 3}@example.com", "password": "a guess"}
            codes = []
            for guess in range(14):
                forged = {"X-Forwarded-For": f"192.0.2.{guess}"}
                codes.append((await attacker.post("/user/login", json=wrong, headers=forged)).status_code)
            assert 429 in codes, "what a client says of itself does not count"
            assert (await honest.post("/user/login", json=account)).status_code == 200
            honest.cookies.clear()
        who = {line["client"] for line in lines if line.get("audit") and line["event"] == "signed_in"}
        assert who == {hashlib.sha256(b"127.0.0.77").hexdigest()[:12]}


async def test_a_proxy_that_is_not_trusted_is_a_client_like_others(site, nginx):
    port = free_port()
    async with site.gateway() as gateway, nginx(port, _inner(port, gateway)) as url:
        with structlog.testing.capture_logs() as lines:
            async with _client(url, "127.0.0.77") as http:
                account = {"email": "honest@example.com", "password": "long enough"}
                assert (await http.post("/user/signup", json=account)).status_code == 201
    assert [line["client"] for line in lines if line.get("audit")] == [
        hashlib.sha256(INNER.encode()).hexdigest()[:12]
    ]


async def test_the_proxys_log_names_the_path_and_no_token(site, nginx, tmp_path):
    port = free_port()
    async with site.gateway() as gateway, nginx(port, _inner(port, gateway)) as url, http_client(url) as http:
        await http.get("/ws?token=a-token-of-somebody")
        log = tmp_path / f"nginx-{port}" / "log"
        async with asyncio.timeout(60):
            while '"GET /ws"' not in log.read_text():
                await asyncio.sleep(0.02)
        assert "a-token-of-somebody" not in log.read_text()


@pytest.mark.parametrize(
    ("origin", "host", "taken"),
    [
        ("https://shop.example", "shop.example:443", True),
        ("https://SHOP.example", "shop.EXAMPLE", True),
        ("http://shop.example:80", "shop.example", True),
        ("https://shop.example:443", "shop.example", True),
        ("https://shop.example:8443", "Shop.example:8443", True),
        ("http://shop.example", "shop.example:443", False),
        ("https://shop.example:8443", "shop.example", False),
        ("https://shop.example.evil.example", "shop.example", False),
        ("https://evil.example", "shop.example", False),
        ("null", "shop.example", False),
        ("", "shop.example", False),
    ],
)
async def test_an_origin_is_ours_however_it_is_written(url, join, origin, host, taken):
    ada = await join(url)
    answer = await ada.http.put("/user", json={"name": "x"}, headers={"Origin": origin, "Host": host})
    assert answer.status_code == (200 if taken else 403), answer.text


def test_a_proxy_that_is_no_address_is_named():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/33"):
        GatewaySettings(jwt_secret="x" * 32, trusted_proxies="127.0.0.1, 10.0.0.0/33")
