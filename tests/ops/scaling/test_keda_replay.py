"""The ScaledObjects as KEDA would read them, against real servers: the number that each queue must give."""

import asyncio
import contextlib
import re
from pathlib import Path

import httpx
import nats
import pytest
import yaml
from keda import ScalerError, lag, replicas
from loopback import http_client

from services.embedded.nats import start_nats
from services.embedded.process import executable, free_port, listening, spawn, wait_ready
from streams.provision import provision
from streams.publish import publish

pytestmark = pytest.mark.slow

KEDA = Path(__file__).parents[3] / "ops" / "keda"
SPEC = {
    name: yaml.safe_load((KEDA / f"{name}.yaml").read_text())["spec"]
    for name in ("weaver", "tailor", "fitter")
}
#: As deployed: the routes that the servers know each other by, and the one name that KEDA is told.
ROUTES = re.findall(r"nats://\S+:6222", (KEDA.parent / "k8s/base/nats.yaml").read_text())
ENDPOINT = "nats-headless.proteus.svc.cluster.local:8222"
MEMBERS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
_MEMBER = """
listen: "{host}:{port}"
http: "{host}:{monitor}"
server_name: "nats-{number}"
cluster {{ name: "proteus", listen: "{host}:{route}", no_advertise: true, routes: [{routes}] }}
jetstream {{ store_dir: "{store}" }}
"""


@contextlib.asynccontextmanager
async def _single(folder: Path):
    server = await start_nats(folder / "nats", folder, port=0)
    yield server.url, lambda name: f"127.0.0.1:{server.monitor_port}", 1
    await server.child.stop()


@contextlib.asynccontextmanager
async def _cluster(folder: Path, *, own_route: bool = True):
    """Three members on addresses of their own with one port, as pods have. KEDA asks the first, whose routes are those
    of ops/k8s, with its own or without.

    Those names mean nothing here, and what KEDA dials is looked up as the cluster's DNS would: one route by address
    in place of their own lets the members meet. As many routes as members: JetStream expects a member for each.
    """
    port, monitor, route = free_port(0), free_port(0), free_port(0)
    addresses = {ENDPOINT: f"{MEMBERS[0]}:{monitor}"}
    for number, host in enumerate(MEMBERS):
        addresses[f"nats-{number}.{ENDPOINT}"] = f"{host}:{monitor}"
    addresses[f"127.{ENDPOINT}"] = addresses[ENDPOINT]  # the route by address, which is no server's name
    children = []
    try:
        for number, host in enumerate(MEMBERS):
            own, seed = f"//nats-{number}.", f"nats://{MEMBERS[0 if number else 1]}:{route}"
            kept = own_route and number == 0
            routes = ", ".join(f'"{url if kept or own not in url else seed}"' for url in ROUTES)
            config = folder / f"n{number}.conf"
            config.write_text(
                _MEMBER.format(
                    host=host, port=port, monitor=monitor, route=route, routes=routes, number=number,
                    store=folder / f"store{number}",
                )
            )  # fmt: skip
            command = [executable("nats-server"), "-c", config]
            children.append(await spawn(f"nats-{number}", command, folder / f"n{number}.log"))
        for child in children:
            await wait_ready(child, lambda: listening(port), 60)
        async with asyncio.timeout(60), http_client() as http:
            for host in MEMBERS:  # until each of them knows the leader and the others
                while True:
                    with contextlib.suppress(httpx.TransportError):
                        state = (await http.get(f"http://{host}:{monitor}/healthz")).status_code
                        if state == 200:
                            break
                    await asyncio.sleep(0.1)
        yield f"nats://{MEMBERS[0]}:{port}", addresses.__getitem__, 3
    finally:
        for child in children:
            await child.stop()


@pytest.fixture(scope="module", params=[_single, _cluster], ids=["one server", "a cluster of three"])
def servers(request, background, tmp_path_factory: pytest.TempPathFactory):
    """Shared: members take seconds to meet, and each test has a stream of its own."""
    running = request.param(tmp_path_factory.mktemp("keda"))
    yield background.run(running.__aenter__())
    background.run(running.__aexit__(None, None, None))


@pytest.fixture
async def site(servers):
    url, dns, copies = servers
    client = await nats.connect(url, connect_timeout=10)
    js = client.jetstream(timeout=20)
    async with asyncio.timeout(60):
        while True:
            try:
                await provision(js, copies)
                break
            except (nats.js.errors.APIError, nats.errors.Error, TimeoutError):
                await asyncio.sleep(0.2)  # a cluster that is still electing
    yield js, dns
    await client.close()


async def _read(metadata, dns, expected) -> int:
    """The lag, read until it is as expected: a server's monitoring is a moment behind, and leaders are elected."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(ScalerError):
                seen = await asyncio.to_thread(lag, metadata, dns)
                if seen == expected:
                    return seen
            await asyncio.sleep(0.1)


async def _acknowledge(message) -> None:
    """Acknowledged for certain: a member that is no longer the leader does not answer, so it is said again."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(nats.errors.TimeoutError):
                await message.ack_sync(timeout=3)
                return


async def test_each_queue_gives_its_number_of_weavers(site):
    js, dns = site
    standard, vip = (trigger["metadata"] for trigger in SPEC["weaver"]["triggers"])
    least, most = SPEC["weaver"]["minReplicaCount"], SPEC["weaver"]["maxReplicaCount"]
    published, seen = 0, []
    for queue in (0, 9, 25, 120):
        while published < queue:
            published += 1
            await publish(js, "tryon.requests.standard", b"{}", f"standard {published}", timeout=60)
        lags = [(await _read(standard, dns, queue), standard), (await _read(vip, dns, 0), vip)]
        seen.append(replicas(lags, least, most))
    assert seen == [1, 2, 4, 4], "8 jobs a weaver, within 1 and 4"

    # What a weaver holds counts until it is acknowledged, so that its pod stays.
    subscription = await js.pull_subscribe_bind("weaver", "TRYON")
    held = []
    while len(held) < 8:  # a fetch brings what is there at once
        held += await subscription.fetch(8 - len(held), timeout=60)
    await _read(standard, dns, 120)
    for message in held:
        await _acknowledge(message)
    await _read(standard, dns, 112)
    await publish(js, "tryon.requests.vip", b"{}", "vip", timeout=60)
    await _read(vip, dns, 1)
    await _read(standard, dns, 112)


async def test_the_tailors_queue_is_read_too(site):
    js, dns = site
    (trigger,) = SPEC["tailor"]["triggers"]
    await publish(js, "tailor.requests", b"{}", "tailor", timeout=60)
    await _read(trigger["metadata"], dns, 1)


async def test_charts_that_wait_give_their_number_of_fitters(site):
    js, dns = site
    spec = SPEC["fitter"]
    kinds = {trigger["metadata"]["consumer"]: trigger["metadata"] for trigger in spec["triggers"]}
    charts, others = (
        kinds["fitter-size_chart"],
        [kinds[name] for name in kinds if name != "fitter-size_chart"],
    )
    threshold, most = int(charts["lagThreshold"]), spec["maxReplicaCount"]
    published, seen = 0, []
    for queue in (0, threshold + 1, threshold * (most + 3)):
        while published < queue:
            published += 1
            await publish(js, "fitting.requests.size_chart", b"{}", f"chart {published}", timeout=60)
        lags = [(await _read(charts, dns, queue), charts)]
        lags += [(await _read(other, dns, 0), other) for other in others]
        seen.append(replicas(lags, spec["minReplicaCount"], most))
    assert seen == [spec["minReplicaCount"], 2, most], "a fitter for each `lagThreshold` of charts"


@pytest.mark.parametrize("renamed", ["stream", "consumer"])
async def test_a_name_that_is_not_there_is_an_error_and_no_number(site, renamed):
    _, dns = site
    metadata = {**SPEC["weaver"]["triggers"][0]["metadata"], renamed: "renamed"}
    with pytest.raises(ScalerError):
        await asyncio.to_thread(lag, metadata, dns)


@contextlib.asynccontextmanager
async def _led_by_the_first(folder: Path, own_route: bool):
    """A cluster, its `weaver` consumer led by the server that KEDA asks first, and one job in the queue.

    Yields where names lead, and a function that gives the lead to another server.
    """
    async with _cluster(folder, own_route=own_route) as (url, dns, copies):
        client = await nats.connect(url, connect_timeout=10)
        js = client.jetstream(timeout=20)

        async def lead(server):
            step_down = f'{{"placement": {{"preferred": "{server}"}}}}'.encode()
            async with asyncio.timeout(120):
                while True:
                    try:
                        await provision(js, copies)
                        info = await js.consumer_info("TRYON", "weaver")
                        if info.cluster and info.cluster.leader == server:
                            return
                        await client.request(
                            "$JS.API.CONSUMER.LEADER.STEPDOWN.TRYON.weaver", step_down, timeout=20
                        )
                    except (nats.js.errors.APIError, nats.errors.Error, TimeoutError):
                        pass  # still electing
                    await asyncio.sleep(0.2)

        await lead("nats-0")
        await publish(js, "tryon.requests.standard", b"{}", "one", timeout=60)
        yield dns, lead
        await client.close()


async def test_a_leader_is_found_by_its_own_route_unless_a_server_before_it_is_away(tmp_path):
    """Then KEDA has an error and no number, until the server is back or the lead lies elsewhere."""
    metadata = SPEC["weaver"]["triggers"][0]["metadata"]
    async with _led_by_the_first(tmp_path, own_route=True) as (dns, lead):
        await _read(metadata, dns, 1)
        async with http_client() as http:
            server = (await http.get(f"http://{dns(ENDPOINT)}/varz")).json()
        first, *_, last = [url.split(".")[0] for url in server["cluster"]["urls"] if url.startswith("nats-")]

        def without(away):
            def look_up(name):
                if name.startswith(f"{away}."):
                    raise LookupError("no such host")
                return dns(name)

            return look_up

        await lead(first)
        await _read(metadata, without(last), 1)
        await lead(last)
        with pytest.raises(ScalerError, match=f"{first}: no such host"):
            await asyncio.to_thread(lag, metadata, without(first))
        await _read(metadata, dns, 1)


async def test_without_its_own_route_a_leader_is_not_found(tmp_path):
    """Why each server of ops/k8s/base/nats.yaml has all three routes, its own among them."""
    metadata = SPEC["weaver"]["triggers"][0]["metadata"]
    async with _led_by_the_first(tmp_path, own_route=False) as (dns, _):
        async with http_client() as http:
            server = (await http.get(f"http://{dns(ENDPOINT)}/varz")).json()
        assert not any(route.startswith("nats-0.") for route in server["cluster"]["urls"])
        with pytest.raises(ScalerError, match="leader node not found"):
            await asyncio.to_thread(lag, metadata, dns)
