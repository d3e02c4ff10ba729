"""What runs in containers, Jobs and documents starts with the image's packages alone, and works."""

import asyncio
import json
import re
import time
import tomllib
from pathlib import Path

import httpx
import pytest
import yaml
from installed import ROOT
from loopback import http_client
from topology import OURS, SERVICES, Topology, grace, start_nats, topology
from typer.main import get_command

from schemas.jobs import BY_POOL
from services.cli import app
from services.embedded.process import Child

SAMPLES = ROOT / "samples"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
COMMANDS = get_command(app)
#: Commands that look and end, with the server whose address each needs.
LOOKS = (
    (("--version",), 0), (("models", "list"), 0), (("openapi",), 0), (("asyncapi",), 0), (("doctor",), 0),
    (("status", "--once"), 0), (("status", "--json"), 0), (("dlq", "list"), 0), (("dlq", "purge"), 0),
    (("dlq", "show", "99"), 1), (("dlq", "retry", "99"), 1), (("users", "reset", "nobody@example.org"), 1),
    (("admins", "list"), 0), (("admins", "add", "nobody@example.org"), 1),
    (("admins", "remove", "nobody@example.org"), 1), (("bench", "rate", "--help"), 0),
    # What these need is in the weavers' image, or not given.
    (("models", "pull", "fashn"), 1), (("models", "verify"), 1), (("models", "recommend"), 0),
    (("bench", "charts", "/nowhere"), 2), (("bench", "fit", "/nowhere"), 2), (("bench", "policy", "--help"), 0),
    # What these start is not in the image.
    (("up",), 1), *((("bench", name), 1) for name in (
        "rate", "latency", "burst", "lanes", "sockets", "waiting", "redeliveries", "memory", "busy", "tailors",
        "faults",
    )),
)  # fmt: skip


@pytest.fixture(scope="module")
def site(machine, background, postgres_server, s3_server, tmp_path_factory) -> Topology:
    child, where, passwords = background.run(start_nats(tmp_path_factory.mktemp("nats")))
    background.children.append(child)
    return background.run(topology(machine, postgres_server, s3_server, (where, passwords)))


async def _run(site: Topology, service: str, *arguments: str) -> tuple[int, str]:
    """A command with a service's settings: its exit status and all it said."""
    process = await asyncio.create_subprocess_exec(
        *site.machine.proteus(*arguments), env=site.settings(service), cwd=site.machine.tmp,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 250)
    assert process.returncode is not None
    return process.returncode, said.decode()


async def _ready(site: Topology, children: dict[str, Child]) -> None:
    """Every service says so."""
    async with asyncio.timeout(200), http_client(timeout=30) as http:
        for name, child in children.items():
            while True:
                assert child.process.returncode is None, child.last_lines()
                try:
                    answer = await http.get(f"http://127.0.0.1:{site.ports[name]}/readyz")
                    workers = (
                        {w["service"] for w in answer.json().get("workers", ())} if name == "gateway" else ()
                    )
                    if answer.status_code == 200 and (
                        name != "gateway" or {"weaver", "tailor"} <= set(workers)
                    ):
                        break
                except (httpx.TransportError, ValueError):
                    pass
                await asyncio.sleep(0.1)


async def _stop(name: str, child: Child) -> float:
    """SIGTERM, and how long it took; it has to end by itself within its grace, which is generous (half a minute)."""
    began = time.monotonic()
    child.process.terminate()
    assert await asyncio.wait_for(child.process.wait(), grace(name)) == 0, child.last_lines()
    return time.monotonic() - began


def test_every_command_of_a_manifest_or_document_is_tried_here():
    tried = {_words(" ".join(arguments)) for arguments, _ in LOOKS} | {"tryon", "inspect", "fit"} | set(OURS)
    told = {
        _words(" ".join(service["command"])) for service in SERVICES.values() if "proteus" in service["image"]
    }
    for file in (ROOT / "ops/k8s").rglob("*.yaml"):
        for document in yaml.safe_load_all(file.read_text()):
            told |= {
                _words(" ".join(c["args"]))
                for c in _containers(document)
                if "proteus" in c["image"] and "args" in c
            }
    for file in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        told |= set(
            map(_words, re.findall(r"(?:`|^\s*)proteus ([a-z]+(?: [a-z]+)?)", file.read_text(), re.MULTILINE))
        )
    told -= {"dlq", "admins", "users", "models", "bench"}  # named as a group of commands
    assert told <= tried, told - tried


def _words(line: str) -> str:
    """The command of a line: one word, or two of a group; not a file or an option of it."""
    first, _, rest = line.partition(" ")
    group = COMMANDS.commands.get(first)
    second = rest.partition(" ")[0]
    return f"{first} {second}" if second in getattr(group, "commands", ()) else first


def _containers(document: object) -> list[dict]:
    if not isinstance(document, dict) or document.get("kind") not in (
        "Deployment",
        "StatefulSet",
        "Job",
        "CronJob",
    ):
        return []
    spec = document["spec"]["template"]["spec"]
    return [*spec.get("initContainers", ()), *spec["containers"]]


async def test_the_whole_topology_runs_restarts_and_stops(site: Topology, tmp_path: Path):
    machine = site.machine
    before = _files(machine.root)
    for _ in range(2):  # safe to repeat
        code, said = await _run(site, "provision", *SERVICES["provision"]["command"])
        assert code == 0, said
    children = {name: await site.start(name) for name in OURS if name != "provision"}
    try:
        await _ready(site, children)
        url = f"http://127.0.0.1:{site.ports['gateway']}"
        pictures = [machine.give(SAMPLES / name) for name in ("person.jpg", "shirt.jpg")]
        tryon = ("tryon", *pictures, "--url", url, "--tailor")
        for number in (1, 2):
            code, said = await _run(site, "provision", *tryon, "-o", str(machine.inside / f"{number}.jpg"))
            assert code == 0, said
            assert (machine.tmp / f"{number}.jpg").read_bytes().startswith(b"\xff\xd8")
        code, said = await _run(site, "provision", "inspect", str(machine.inside / "1.jpg"))
        assert code == 0 and "put together of several pictures" in said, said

        for arguments, expected in LOOKS:
            code, said = await _run(site, "provision", *arguments)
            assert code == expected, (arguments, said)
            assert "Traceback" not in said, said
            if arguments[0] == "up" or (arguments[0] == "bench" and len(arguments) == 2):
                assert "proteus[embedded]" in said, (arguments, said)
            if arguments == ("--version",):
                assert said == f"proteus {VERSION}\n"
        (machine.tmp / "chart.csv").write_text("Size,Chest (cm)\nS,88-94\nM,94-100\n")
        wearer = ("--chest", "96", "--kind", "body", "--garment-class", "tee")
        code, said = await _run(site, "provision", "fit", str(machine.inside / "chart.csv"), *wearer)
        assert code == 0 and "M, confidence" in said, said
        code, said = await _run(site, "provision", "status", "--json")
        assert {worker["service"] for worker in json.loads(said)["workers"]} == BY_POOL.keys()

        # A job that is under way while its weaver is stopped is given back, and run by the next one.
        asked = asyncio.create_task(_run(site, "provision", *tryon, "-o", str(machine.inside / "3.jpg")))
        took = {"weaver, restarted": await _stop("weaver", children["weaver"])}
        children["weaver"] = await site.start("weaver")
        await _ready(site, {"weaver": children["weaver"]})
        code, said = await asked
        assert code == 0, said
        for name in reversed(children):
            took[name] = await _stop(name, children[name])
        print({name: round(seconds, 2) for name, seconds in took.items()})
    finally:
        for child in children.values():
            await child.stop(patience=5)
    assert _files(machine.root) == before, "something was written outside /tmp"


def _files(root: Path | None) -> set[tuple[str, int]]:
    """Every file of an image and when it was written last."""
    if root is None:
        return set()
    return {(str(p), p.lstat().st_mtime_ns) for p in root.rglob("*") if not p.is_relative_to(root / "tmp")}
