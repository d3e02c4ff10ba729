"""docs/adding-a-job.md, followed to the letter in a copy of the tree, and run."""

import asyncio
import contextlib
import io
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from loopback import http_client
from PIL import Image
from websockets.asyncio.client import connect

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/adding-a-job.md").read_text()
BLOCKS = re.findall(r"```(?:python|text) (\S+?)(?: after (.+?))?\n(.*?)```", GUIDE, re.DOTALL)
NODE_PACKAGES = ROOT / "web/node_modules"
#: What the one command writes.
WRITTEN = {
    "README.md", "docs/api.md", "docs/openapi.json", "docs/asyncapi.json", "web/client/src/schema.d.ts",
    "ops/nats/users.conf", "ops/k8s/base/nats-users.yaml", "docker-compose.yml", ".env.example",
    "ops/k8s/base/fitter.yaml", "ops/k8s/base/kustomization.yaml", "ops/k8s/base/namespace.yaml",
    "ops/k8s/base/network.yaml", "ops/keda/fitter.yaml", "ops/keda/kustomization.yaml",
    "ops/k8s/components/monitoring/monitors.yaml", "ops/k8s/components/monitoring/rules.yaml",
    "ops/k8s/components/monitoring/services.yaml", "ops/k8s/components/opentelemetry/network.yaml",
    "ops/prometheus/alerts.yaml", "ops/prometheus/prometheus.yml",
    "ops/grafana/dashboards/gateway.json", "ops/grafana/dashboards/overview.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """The tree with the guide's kinds."""
    copy = tmp_path_factory.mktemp("tree")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        if name.split("/")[0] not in ("tests", "web", "samples") and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    for part in ("src", "client/src"):  # what generated files there are made for
        shutil.copytree(ROOT / "web" / part, copy / "web" / part)
    shutil.copy(ROOT / "web/package.json", copy / "web")
    if NODE_PACKAGES.exists():
        (copy / "web/node_modules").symlink_to(NODE_PACKAGES.resolve())
    for name, after, text in BLOCKS:
        file = copy / name
        if after:
            head, rest = file.read_text().split(f"{after}\n", 1)
            file.write_text(f"{head}{after}\n{text}{rest}")
        else:
            assert not file.exists(), f"{name} is no new file"
            file.write_text(text)
    _python(copy, "-m", "docs.generate")
    return copy


def _python(tree: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=tree, env=environment,
        stdout=subprocess.PIPE, text=True, check=True, timeout=600
    ).stdout  # fmt: skip


def _files(tree: Path) -> set[str]:
    left_out = {"__pycache__", "node_modules"}
    files = (file for file in tree.rglob("*") if file.is_file() and not left_out & set(file.parts))
    return {str(file.relative_to(tree)) for file in files}


def _is_same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()


def test_only_new_files_and_two_lines_were_written_by_hand(tree):
    changed = {name for name in _files(tree) if not _is_same(tree / name, ROOT / name)}
    by_hand = {name for name, _, _ in BLOCKS}
    assert by_hand <= changed
    assert changed - by_hand <= WRITTEN
    old = {name for name in by_hand if (ROOT / name).exists()}
    assert old == {"schemas/jobs/__init__.py", "inference/registry.py"}


def test_the_documents_and_permissions_know_the_kinds_after_the_one_command(tree):
    openapi = json.loads((tree / "docs/openapi.json").read_text())
    asyncapi = (tree / "docs/asyncapi.json").read_text()
    assert {"/jobs/word_count", "/jobs/triptych"} <= openapi["paths"].keys()
    assert {"WordCountBody", "WordCountOutcome", "TriptychOutcome"} <= openapi["components"]["schemas"].keys()
    assert "fitting.requests.word_count" in asyncapi and "fitter-triptych" in asyncapi
    users = (tree / "ops/nats/users.conf").read_text()
    assert "user: fitter" in users and "$JS.API.CONSUMER.MSG.NEXT.FITTING.fitter-word_count" in users
    assert "PROTEUS_WORD_COUNT_ENGINE" in (tree / "README.md").read_text()


def _documents(file: Path) -> dict[str, dict]:
    """By kind and name."""
    made = yaml.safe_load_all(file.read_text())
    return {f"{document['kind']}/{document['metadata']['name']}": document for document in made}


def test_their_pool_is_deployed_scaled_let_through_and_watched_after_the_one_command(tree):
    base, keda = tree / "ops/k8s/base", tree / "ops/keda"
    (container,) = _documents(base / "fitter.yaml")["Deployment/fitter"]["spec"]["template"]["spec"][
        "containers"
    ]
    assert container["args"] == ["fitter"]
    scaled = _documents(keda / "fitter.yaml")["ScaledObject/fitter"]["spec"]
    watched = {(each["metadata"]["stream"], each["metadata"]["consumer"]) for each in scaled["triggers"]}
    assert {("FITTING", "fitter-word_count"), ("FITTING", "fitter-triptych")} <= watched
    for folder in (base, keda):
        assert "fitter.yaml" in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    policies = _documents(base / "network.yaml")
    for name in ("to-nats", "to-public-https", "metrics"):
        (chosen,) = policies[f"NetworkPolicy/{name}"]["spec"]["podSelector"]["matchExpressions"]
        assert "fitter" in chosen["values"], name
    services = yaml.safe_load((tree / "docker-compose.yml").read_text())["services"]
    assert services["fitter"]["command"] == ["fitter"]
    assert "NATS_PASSWORD_FITTER" in services["nats"]["environment"]
    monitors = _documents(tree / "ops/k8s/components/monitoring/monitors.yaml")
    assert "ServiceMonitor/fitter" in monitors
    rules = (tree / "ops/k8s/components/monitoring/rules.yaml").read_text()
    assert 'up{job=~"gateway|weaver|tailor|fitter|arbitrator"}' in rules


@pytest.mark.skipif(not NODE_PACKAGES.exists(), reason="needs Node 20 and its packages: `make web`")
def test_the_web_apps_types_know_the_kinds_after_the_one_command(tree):
    types = (tree / "web/client/src/schema.d.ts").read_text()
    assert '"/jobs/word_count"' in types and "TriptychOutcome" in types


@contextlib.asynccontextmanager
async def _up(tree: Path, data: Path):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "up", "--port", "0", "--data-dir", str(data), "--no-web",
        "--engine", "simulated", cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)},
    )  # fmt: skip
    try:
        async with asyncio.timeout(600):
            while not (data / "up.json").exists():
                assert process.returncode is None, "proteus up ended before it was ready"
                await asyncio.sleep(0.2)
        yield json.loads((data / "up.json").read_text())["url"]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 180)


def _png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (80, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("unmeasured")
async def test_the_kinds_run_from_post_to_socket(tree, tmp_path):
    async with (
        _up(tree, tmp_path / "data") as url,
        http_client(url, timeout=120) as http,
    ):
        account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(8)}
        assert (await http.post("/user/signup", json=account)).status_code == 201
        token = (await http.get("/user/ws-token")).json()["token"]
        async with connect(f"{url.replace('http', 'ws', 1)}/ws?token={token}", proxy=None) as socket:
            told = await http.post("/jobs/word_count", json={"text": "how many words are these"})
            assert told.status_code == 202 and told.json()["kind"] == "word_count"
            async with asyncio.timeout(300):
                while (event := json.loads(await socket.recv()))["status"] != "completed":
                    assert event["job_id"] == told.json()["job_id"] and event["vton_id"] is None
        counted = {"job_type": "word_count", "words": 5}
        assert (event["kind"], event["result"]) == ("word_count", counted)
        job = (await http.get(f"/jobs/{event['job_id']}")).json()
        assert (job["id"], job["kind"], job["result"]) == (event["job_id"], "word_count", counted)

        keys = []
        for colour in ("red", "green", "blue"):
            body = _png(colour)
            wanted = {"fileName": "x.png", "fileType": "image/png", "fileSize": len(body)}
            ticket = (await http.post("/images/presignedUploadUrl", json=wanted)).json()
            sent = await http.put(ticket["url"], headers=ticket["headers"], content=body)
            assert sent.status_code == 200, sent.text
            keys.append(ticket["key"])
        for _ in range(20):  # the longest wait is half a minute, and this machine may be slow
            headers = {"Prefer": "wait=30", "Idempotency-Key": "triptych"}
            told = await http.post("/jobs/triptych", json={"pictures": keys}, headers=headers)
            if told.status_code == 200:
                break
        made = told.json()
        assert (told.status_code, made["status"]) == (200, "completed"), told.text
        for name, size in (("row_key", (240, 64)), ("column_key", (80, 192))):
            where = (
                await http.post("/images/presignedDownloadUrl", json={"key": made["result"][name]})
            ).json()
            assert Image.open(io.BytesIO((await http.get(where["url"])).content)).size == size

        theirs = [f"users/{'0' * 8}-0000-7000-8000-{'0' * 12}/uploads/x.png"] * 3
        assert (await http.post("/jobs/triptych", json={"pictures": theirs})).status_code == 404
        wrong = await http.post("/jobs/word_count", json={"pictures": keys})
        assert wrong.status_code == 422 and "text" in wrong.text
        unknown = await http.post("/jobs/weave", json={})
        assert (
            unknown.status_code == 404 and "word_count, triptych, try_on, tailor" in unknown.json()["detail"]
        )
    for log in (tmp_path / "data/logs").glob("*.log"):
        assert "permissions violation" not in log.read_text(errors="replace").lower(), log.name
