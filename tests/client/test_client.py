"""The client as its users have it, and README's examples word for word."""

import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from programs import program

from proteus_client import AsyncProteus, JobFailed, Proteus, ProteusError

ROOT = Path(__file__).parents[2]
PERSON, SHIRT = ROOT / "samples/person.jpg", ROOT / "samples/shirt.jpg"


def _example(document: Path, language: str, which: str) -> str:
    """Its first block of the language that has ``which``, at the port that nobody chose."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL)
    found = next(block for block in blocks if which in block)
    assert "http://127.0.0.1:8000" in found
    return found


def _is_jpeg(file: Path) -> bool:
    return Image.open(io.BytesIO(file.read_bytes())).format == "JPEG"


@pytest.mark.parametrize("document", ["README.md", "proteus_client/README.md"])
def test_the_example_of_the_readme_makes_a_picture(system, tmp_path, document):
    code = _example(ROOT / document, "python", "proteus_client import")
    assert len(code.strip().splitlines()) <= 5
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    subprocess.run(
        [sys.executable, "-c", code.replace("http://127.0.0.1:8000", system)],
        cwd=tmp_path, check=True, timeout=600, env={**os.environ, "NO_PROXY": "*"},
    )  # fmt: skip
    assert _is_jpeg(tmp_path / "tryon.jpg")


def test_the_example_of_the_typescript_client_makes_a_picture(system, tmp_path):
    """Compiled as its package is."""
    node, modules = program("node"), ROOT / "web/node_modules"
    if not (modules / "openapi-fetch").exists():
        pytest.skip("the web app's packages are not installed: `make web`")
    package, client = tmp_path / "node_modules/proteus-client", ROOT / "web/client"
    compiler = [node, modules / "typescript/bin/tsc", "-p", client, "--outDir", package / "dist"]
    subprocess.run(compiler, check=True, timeout=600)
    shutil.copy(client / "package.json", package)
    (tmp_path / "node_modules/openapi-fetch").symlink_to(modules / "openapi-fetch")
    code = _example(client / "README.md", "ts", "proteus-client")
    (tmp_path / "example.mjs").write_text(code.replace("http://127.0.0.1:8000", system))
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    subprocess.run([node, "example.mjs"], cwd=tmp_path, check=True, timeout=600)
    assert _is_jpeg(tmp_path / "tryon.jpg")


def test_the_readmes_curl_goes_on_to_the_picture(system, tmp_path):
    bash, _ = program("bash"), (program("curl"), program("jq"))
    code = _example(ROOT / "README.md", "sh", "/user/token").replace("http://127.0.0.1:8000", system)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    told = {**os.environ, "NO_PROXY": "*"}
    subprocess.run([bash, "-euo", "pipefail", "-c", code], cwd=tmp_path, check=True, timeout=600, env=told)
    assert _is_jpeg(tmp_path / "tryon.jpg")


def test_a_job_is_asked_for_told_of_and_fetched_by_another_client(system):
    heard = []
    with Proteus(system, trust_env=False) as proteus:
        job = proteus.submit(PERSON, SHIRT, garment="upper", samples=2)
        assert proteus.wait(job.id, heard.append).id == job.id
        assert {event.job_id for event in heard} <= {job.id}
        kept = proteus.refresh_token
    with Proteus(system, refresh_token=kept, trust_env=False) as later:
        done = later.wait(job.id)
        assert done.ended
        assert Image.open(io.BytesIO(later.download(done).content)).width == done.result["width"]
        (sample,) = done.result["samples"]  # this engine has no seeds, and says so
        assert any("`samples` changed nothing" in warning for warning in done.raw["warnings"])
        small = Image.open(io.BytesIO(later.download(done, sample["thumbnail_key"]).content))
        assert max(small.size) <= 640
        with pytest.raises(ProteusError) as late:
            later.cancel(job.id)
        assert (late.value.status, late.value.code) == (409, "job_ended") and late.value.request_id


async def test_what_goes_wrong_has_the_servers_code(system):
    async with AsyncProteus(system, trust_env=False) as proteus:
        with pytest.raises(ProteusError) as refused:
            await proteus.upload(b"no picture")
        assert (refused.value.status, refused.value.code) == (415, "type_not_supported")
        with pytest.raises(ProteusError) as unknown:
            await proteus.job("job_of_nobody")
        assert unknown.value.code == "job_not_found"
        plain = io.BytesIO()
        Image.new("RGB", (64, 64), "olive").save(plain, "PNG")
        with pytest.raises(JobFailed) as failed:
            await proteus.try_on(plain.getvalue(), SHIRT)
        assert failed.value.code == "person_not_found" and failed.value.message
    async with AsyncProteus(system, email="a@example.com", password="wrong one", trust_env=False) as nobody:
        with pytest.raises(ProteusError) as stranger:
            await nobody.job("job_x")
        assert stranger.value.code == "wrong_credentials"
