"""The nats command line's context: what it holds is enough to come in, and no more than that program reads."""

import json

import nats
from manifests import ROOT

from services.embedded.nats import kept_passwords, start_nats
from streams.permissions import OPERATOR
from streams.provision import provision

CONTEXT = json.loads((ROOT / "ops/nats/context.json").read_text())


def test_it_has_the_fields_that_the_program_reads_and_no_secret():
    assert CONTEXT.keys() == {"description", "url", "user", "password"}
    assert (CONTEXT["user"], CONTEXT["password"]) == (OPERATOR, "")


async def test_with_the_password_filled_in_it_opens_everything(tmp_path):
    passwords = kept_passwords(tmp_path / "secrets")
    server = await start_nats(tmp_path / "nats", tmp_path, port=0, passwords=passwords)
    host = f"127.0.0.1:{server.url.rpartition(':')[2]}"
    assert CONTEXT["url"] == "nats://127.0.0.1:4222", "the address in docs/nats.md"
    client = await nats.connect(f"nats://{host}", user=CONTEXT["user"], password=passwords[OPERATOR])
    await provision(client.jetstream(timeout=60))
    assert (await client.jetstream(timeout=60).stream_info("TRYON")).state.messages == 0
    await client.close()
    await server.child.stop()
