"""What docs/operations.md says of NATS: dead letters and pins are backed up, and restored before `provision`.

By the API that `nats account backup` and `nats backup` use.
"""

import json

import nats

from schemas import policy as keys
from schemas.jobs.base import JobError
from services.embedded.nats import start_nats
from streams.delivery import dead_letters
from streams.kv.policy import PolicyReader
from streams.provision import provision
from streams.topology import DEADLETTERS

KEPT = (DEADLETTERS, f"KV_{keys.BUCKET}")


async def _asked(client, subject, body):
    answer = json.loads(
        (await client.request(f"$JS.API.STREAM.{subject}", json.dumps(body).encode(), 60)).data
    )
    assert "error" not in answer, answer
    return answer


async def _backup(client, stream):
    """Its configuration and state, and its contents in parts."""
    inbox = client.new_inbox()
    sent = await client.subscribe(inbox)
    about = await _asked(client, f"SNAPSHOT.{stream}", {"deliver_subject": inbox, "no_consumers": True})
    parts = []
    while (part := await sent.next_msg(60)).data:
        parts.append(part.data)
        if part.reply:  # the server waits for an answer now and then
            await part.respond(b"")
    await sent.unsubscribe()
    return {"config": about["config"], "state": about["state"]}, parts


async def _restore(client, stream, about, parts):
    to = (await _asked(client, f"RESTORE.{stream}", about))["deliver_subject"]
    for part in parts:
        await client.request(to, part, 60)
    ended = json.loads((await client.request(to, b"", 60)).data)
    assert "error" not in ended, ended


async def test_dead_letters_and_pins_outlive_their_server(tmp_path):
    first = await start_nats(tmp_path / "first", tmp_path, port=0)
    client = await nats.connect(first.url)
    js = client.jetstream(timeout=60)
    await provision(js)
    await (await js.key_value(keys.BUCKET)).put(keys.pin_key(keys.BATCH_SIZE), b"4")
    await js.publish("tryon.requests.standard", b"nonsense")
    (message,) = await (await js.pull_subscribe_bind("weaver", "TRYON")).fetch(1, timeout=60)
    await dead_letters.bury(js, message, JobError(code="request_malformed", message="No request."), None)
    kept = {stream: await _backup(client, stream) for stream in KEPT}
    await client.close()
    await first.child.stop()

    second = await start_nats(tmp_path / "second", tmp_path, port=0)
    client = await nats.connect(second.url)
    js = client.jetstream(timeout=60)
    for stream, (about, parts) in kept.items():
        await _restore(client, stream, about, parts)
    await provision(js)
    assert (await PolicyReader(await js.key_value(keys.BUCKET)).read()).batch_size == 4
    (letter,) = [letter async for _, letter in dead_letters.letters(js)]
    assert letter.payload == "nonsense"
    await client.close()
    await second.child.stop()
