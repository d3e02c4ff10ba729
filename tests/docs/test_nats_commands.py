"""What the documents tell an operator to type to `nats` names what is there, and works for the users that there are."""

import re
from pathlib import Path

import pytest

from streams import topology

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page.read_text() for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
COMMANDS = sorted(
    {(name, line) for name, page in PAGES.items() for line in re.findall(r"`(nats [^`]+)`", page)}
)
BUCKETS = {config.bucket for config in topology.buckets(1)}
STREAMS = {config.name for config in topology.streams(1)} | {f"KV_{bucket}" for bucket in BUCKETS}
CONSUMERS = {(stream, consumer.durable_name) for stream, consumer in topology.consumers()}


def test_there_are_some():
    assert len(COMMANDS) > 15


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_a_command_names_what_is_there(page, line):
    words = line.split()
    match words[1:]:
        case ["consumer", "info" | "pause" | "resume", stream, consumer, *_]:
            assert (stream, consumer) in CONSUMERS
        case ["stream", "get" | "view" | "info", stream, *_]:
            assert stream in STREAMS
        case ["kv", "get", "workers", *rest]:
            assert "--raw" in rest, "what is printed otherwise is cut"
        case ["kv", _, bucket, *_]:
            assert bucket in BUCKETS
        case ["server", "report", *_]:
            (sentence,) = re.findall(rf"`{re.escape(line)}`[^.]*\.", PAGES[page])
            assert "system account" in sentence, "which no user has"
