"""Each service may do on NATS what it needs; the server refuses it everything else."""

import asyncio
import itertools
import json
from pathlib import Path

import nats
import pytest

from schemas.jobs import SPECS
from schemas.policy import KEYS, pin_key
from services.embedded.nats import as_user, kept_passwords, start_nats
from services.embedded.process import executable, free_port, listening, spawn, wait_ready
from streams.connection import flush, login
from streams.permissions import OPERATOR, authorization, inbox, permissions
from streams.provision import provision

USER = "01a1fb76-2e3e-711a-9500-83e450476a7c"
#: What matters, said in words, with who may do it. OPERATOR may do all of it.
PUBLISHES = {
    "tryon.requests.standard": {"gateway"},
    "tryon.requests.vip": {"gateway"},
    "tailor.requests": {"gateway"},
    "cancellations": {"gateway"},
    f"events.{USER}": {"gateway"},
    f"live.events.{USER}": {"gateway"},
    "fitting.requests.fit": {"gateway"},
    f"live.progress.{USER}": {"weaver", "tailor", "fitter"},
    f"results.{USER}.job": {
        "gateway",
        "weaver",
        "tailor",
        "fitter",
    },  # the gateway: a dead letter that an admin retries
    "deadletters.TRYON.weaver": {"gateway", "weaver"},
    "deadletters.TAILOR.tailor": {"gateway", "tailor"},
    "deadletters.FITTING.fitter-fit": {"gateway", "fitter"},
    "deadletters.RESULTS.ledger": {"gateway"},
    "$KV.config.weaver.batch_size": {"arbitrator"},
    **{
        f"$KV.config.{pin_key(key)}": {"gateway"} for key in KEYS
    },  # an admin pins; the arbitrator never decides against one
    "$KV.config.weaver.reason": {"arbitrator"},
    "$KV.config.weaver.anything.pin": set(),
    "$KV.leases.arbitrator": {"arbitrator"},
    "$KV.leases.another": set(),
    "$KV.workers.weaver.one": {"weaver"},
    "$KV.returned.TRYON.1": {"weaver"},
    "$KV.returned.TAILOR.1": {"tailor"},
    "$KV.workers.tailor.one": {"tailor"},
    "$JS.API.CONSUMER.MSG.NEXT.TRYON.weaver": {"weaver"},
    "$JS.API.CONSUMER.MSG.NEXT.TRYON.weaver-vip": {"weaver"},
    "$JS.API.CONSUMER.MSG.NEXT.TAILOR.tailor": {"tailor"},
    "$JS.API.CONSUMER.MSG.NEXT.FITTING.fitter-fit": {"fitter"},
    "$JS.API.CONSUMER.MSG.NEXT.FITTING.fitter-size_chart": {"fitter"},
    "$JS.API.CONSUMER.MSG.NEXT.RESULTS.ledger": {"gateway"},
    "$JS.ACK.TRYON.weaver.1.1.1.1.1": {"weaver"},
    "$JS.ACK.TAILOR.tailor.1.1.1.1.1": {"tailor"},
    "$JS.ACK.RESULTS.ledger.1.1.1.1.1": {"gateway"},
    "$JS.API.STREAM.MSG.GET.RESULTS": {"gateway"},
    "$JS.API.STREAM.MSG.GET.EVENTS": {"gateway"},
    "$JS.API.STREAM.MSG.GET.TRYON": {"gateway"},
    "$JS.API.STREAM.MSG.DELETE.TRYON": {"gateway"},
    "$JS.API.DIRECT.GET.KV_config.$KV.config.weaver.mode": {
        "gateway",
        "weaver",
        "tailor",
        "fitter",
        "arbitrator",
    },
    **{
        f"$JS.API.{verb}.{stream}": set()
        for verb in ("STREAM.DELETE", "STREAM.UPDATE", "STREAM.CREATE")
        for stream in (
            "TRYON",
            "TAILOR",
            "RESULTS",
            "EVENTS",
            "DEADLETTERS",
            "KV_config",
            "KV_workers",
            "KV_leases",
        )
    },
    **{
        f"$JS.API.CONSUMER.{verb}.{stream}.mine": set()
        for verb in ("CREATE", "DURABLE.CREATE", "DELETE")
        for stream in ("TRYON", "TAILOR", "RESULTS", "EVENTS", "DEADLETTERS", "KV_config", "KV_workers")
    },
    **{f"$JS.API.DIRECT.GET.{stream}": set() for stream in ("RESULTS", "EVENTS", "DEADLETTERS")},
    **{f"$JS.API.STREAM.PURGE.{stream}": set() for stream in ("TRYON", "TAILOR", "DEADLETTERS", "KV_config")},
    **{f"$JS.API.STREAM.PURGE.{stream}": {"gateway"} for stream in ("RESULTS", "EVENTS")},
    **{  # how long it waits
        f"$JS.API.DIRECT.GET.{stream}": {"gateway", "arbitrator"} for stream in ("TRYON", "TAILOR")
    },
    "$SYS.REQ.SERVER.PING": set(),
    "anything.else": set(),
}
SUBSCRIBES = {
    ">": set(),
    "tryon.requests.*": set(),
    "tailor.requests": set(),
    "results.>": {"observer"},
    f"results.{USER}.*": {"observer"},
    f"events.{USER}": {"observer"},
    "live.>": {"gateway", "observer"},
    f"live.events.{USER}": {"gateway", "observer"},
    f"live.progress.{USER}": {"gateway", "observer"},
    "deadletters.>": set(),
    "cancellations": {"weaver", "tailor", "fitter"},
    "$KV.config.>": {"weaver"},  # hears of each change to the policy
    "$KV.workers.>": set(),
    "$JS.EVENT.ADVISORY.>": set(),
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.*.*": {"gateway"},
    "_INBOX.>": set(),
    **{
        f"{inbox(service)}.>": {service}
        for service in ("gateway", "weaver", "tailor", "fitter", "arbitrator", "observer")
    },
    f"{inbox(OPERATOR)}.>": set(),
}


@pytest.fixture
async def guarded(tmp_path):
    """A server with our users, and everything provisioned."""
    passwords = kept_passwords(tmp_path / "secrets")
    server = await start_nats(tmp_path / "nats", tmp_path, port=0, passwords=passwords)
    operator = await nats.connect(server.url)
    await provision(operator.jetstream(timeout=60))
    yield server, passwords, operator
    await operator.close()
    await server.child.stop()


async def _refused(server, passwords, service):
    """Of the publishes and subscribes above, those that the server refused this service."""
    refusals, last = set(), asyncio.Event()

    async def heard(error):
        refusals.add(str(error).lower())
        if "the.last.one" in str(error):
            last.set()

    client = await nats.connect(as_user(server.url, service, passwords), error_cb=heard)
    for subject in PUBLISHES:
        await client.publish(subject, b"", reply=f"{inbox(service)}.nobody")
    for subject in SUBSCRIBES:
        await client.subscribe(subject)
    await client.publish("the.last.one", b"")  # nobody may; refusals come in order
    await asyncio.wait_for(last.wait(), 60)
    await client.close()

    def is_in(what, subject):
        return any(f'{what} to "{subject.lower()}"' in refusal for refusal in refusals)

    return (
        {subject for subject in PUBLISHES if is_in("publish", subject)},
        {subject for subject in SUBSCRIBES if is_in("subscription", subject)},
    )


async def test_every_service_is_refused_what_is_not_its_business(guarded):
    server, passwords, _ = guarded
    services = sorted(permissions())
    assert services == sorted(
        {"arbitrator", "gateway", "observer", *(spec.pool.name for spec in SPECS.values())}
    )
    tried = 0
    for service in services:
        published, subscribed = await _refused(server, passwords, service)
        assert published == {subject for subject, may in PUBLISHES.items() if service not in may}, service
        assert subscribed == {subject for subject, may in SUBSCRIBES.items() if service not in may}, service
        tried += len(PUBLISHES) + len(SUBSCRIBES)
        print(f"{service}: {len(published)} publishes and {len(subscribed)} subscribes refused")
    print(f"{tried} tried")


@pytest.mark.parametrize(
    "login", [{}, {"user": "gateway", "pass": "wrong"}, {"user": OPERATOR}, {"user": "x"}]
)
async def test_nobody_comes_in_without_a_password(guarded, login):
    server, _, _ = guarded
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    await reader.readline()  # INFO
    writer.write(f"CONNECT {json.dumps({'verbose': True, **login})}\r\nPING\r\n".encode())
    answer = await asyncio.wait_for(reader.readline(), 60)
    assert answer.startswith(b"-ERR 'Authorization Violation'")
    writer.close()
    await writer.wait_closed()


async def test_an_observer_hears_how_jobs_go_and_sees_what_waits(guarded):
    server, passwords, operator = guarded
    url = as_user(server.url, "observer", passwords)
    client = await nats.connect(url, inbox_prefix=inbox("observer").encode())
    heard = await client.subscribe("live.events.>")
    await flush(client)
    stored = await operator.jetstream(timeout=60).publish(f"events.{USER}", b"{}")
    message = await heard.next_msg(timeout=60)
    assert (message.subject, message.headers["Nats-Sequence"]) == (f"live.events.{USER}", str(stored.seq))
    js = client.jetstream(timeout=60)
    assert (await js.stream_info("EVENTS")).state.messages == 1
    assert (await js.consumer_info("TRYON", "weaver")).num_pending == 0
    await client.close()


async def test_an_operator_may_do_everything(guarded):
    _, _, operator = guarded
    js = operator.jetstream(timeout=60)
    await js.publish("tryon.requests.standard", b"{}")
    assert (await js.stream_info("TRYON")).state.messages == 1
    await js.purge_stream("TRYON")
    await (await js.key_value("config")).put("weaver.batch_size.pin", b"2")


def test_every_user_needs_a_password_and_each_is_named_once():
    users = [OPERATOR, *permissions()]
    text = authorization({user: f"$NATS_{user.upper()}" for user in users})
    for user, other in itertools.pairwise(users):
        assert text.index(f"user: {user},") < text.index(f"user: {other},")
    with pytest.raises(KeyError):
        authorization({OPERATOR: "x"})


async def test_the_file_for_containers_takes_the_passwords_from_the_environment(tmp_path):
    users = Path(__file__).parents[2] / "ops" / "nats" / "users.conf"
    passwords = {user: f"p{number}e5" for number, user in enumerate((OPERATOR, *permissions()))}
    port = free_port()
    config = tmp_path / "nats.conf"
    config.write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{tmp_path}/js" }}\n')
    (tmp_path / "users.conf").write_text(users.read_text())
    config.write_text(config.read_text() + "include ./users.conf\n")
    environment = {f"NATS_PASSWORD_{user.upper()}": password for user, password in passwords.items()}
    command = [executable("nats-server"), "-c", config]
    child = await spawn("nats-server", command, tmp_path / "nats.log", environment)
    await wait_ready(child, lambda: listening(port), 60)
    for user in passwords:
        client = await nats.connect(as_user(f"nats://127.0.0.1:{port}", user, passwords))
        await client.close()
    await child.stop()


@pytest.mark.parametrize(
    ("servers", "bare", "who"),
    [
        (["nats://a:4222"], ["nats://a:4222"], {}),
        (["a:4222"], ["nats://a:4222"], {}),
        (["nats://s3cret@a:4222"], ["nats://a:4222"], {"token": "s3cret"}),
        (
            ["nats://me:p%40ss@a:1", "tls://me:p%40ss@b"],
            ["nats://a:1", "tls://b"],
            {"user": "me", "password": "p@ss"},
        ),
    ],
)
def test_a_login_is_the_clients_and_not_a_urls(servers, bare, who):
    """Or it would be forgotten on the way to a server that the cluster told of."""
    assert login(servers) == (bare, who)
