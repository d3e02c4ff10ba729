"""`proteus models` as it is typed, against a server that speaks the hub's endpoints, and against directories."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import tiny_pipelines
from hub_double import COMMIT, Hub

from inference.weights.catalog import MODELS
from inference.weights.checksums import CHECKSUMS, checksum

pytestmark = pytest.mark.slow

TINY = Path(__file__).parents[1] / "catvton/golden/weights"
CATVTON = MODELS["catvton"]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Tiny weights under the names that the real ones have on the hub."""
    root = tmp_path / "published"
    for source in CATVTON.sources:
        for file in source.files:
            target = root / source.repo / file.source
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(TINY / source.place(file), target)
    return root


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROTEUS_", "HF_"))}
    ours = {"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    return {**kept, **ours, "PROTEUS_WEIGHTS_DIR": str(tmp_path / "weights"), "COLUMNS": "160"}


def models(*arguments: str | Path, home: dict[str, str], stdin: int | None = subprocess.DEVNULL):
    command = [sys.executable, "-m", "services.cli", "models", *map(str, arguments)]
    return subprocess.run(command, env=home, capture_output=True, text=True, timeout=600, stdin=stdin)


def test_list_names_every_model_its_licence_and_its_class(home):
    shown = models("list", home=home).stdout
    for model in MODELS.values():
        assert model.name in shown and model.license in shown
        for source in model.sources:
            assert f"{source.repo}@{source.revision[:12]}" in shown
    listed = json.loads(models("list", "--json", home=home).stdout)
    classes = {model["name"]: model["license_class"] for model in listed}
    assert {name for name, kind in classes.items() if kind == "open"} == {
        "fashn",
        "dwpose",
        "klein",
        "qwen_edit",
        "dfine",
    }
    assert not any(model["pulled"] for model in listed)
    assert {name for name, kind in classes.items() if kind == "restricted"} == {"sam3"}
    assert "FLUX.2-klein-4B@main: Apache-2.0 (not pinned: the newest is pulled" in shown
    assert "COCO-WholeBody" in shown  # what is not settled of DWPose is said


def test_fashn_is_pinned_and_pulled_when_nothing_is_named_and_asks_for_no_licence(home, tmp_path):
    fashn = MODELS["fashn"]
    assert (fashn.license_class, fashn.size) == ("open", 1_943_668_048)
    (source,) = fashn.sources
    offline = tmp_path / "published" / source.repo
    offline.mkdir(parents=True)
    shutil.copyfile(TINY.parents[2] / "fashn/golden/weights/model.safetensors", offline / "model.safetensors")
    refused = models("pull", "--from", tmp_path / "published", home=home)
    assert refused.returncode == 1 and "is not the published d6cd38286885" in refused.stderr
    taken = models("pull", "--revision", "main", "--from", tmp_path / "published", home=home)
    assert taken.returncode == 0 and "FASHN VTON v1.5: Apache-2.0 (open)" in taken.stderr, taken.stderr
    assert models("verify", home=home).returncode == 0


def test_a_sentence_says_which_to_pull(home):
    def said(*arguments):
        return models("recommend", *arguments, home=home).stdout

    assert "pull nothing" in said("--gpu-gb", "4") and "needs 5 GB" in said("--gpu-gb", "4")
    assert said("--gpu-gb", "24").endswith("the one that a business may use.\n")
    assert "catvton (CC BY-NC-SA 4.0)" in said("--gpu-gb", "24", "--non-commercial")
    assert "needs 8 GB" in said("--gpu-gb", "6", "--non-commercial")


def test_pull_from_a_mirror_verifies_and_the_engine_starts(published, home, tmp_path):
    weights = tmp_path / "weights"
    with Hub(published) as hub:
        mirror = {**home, "HF_ENDPOINT": hub.url}
        pulled = models("pull", "catvton", "--yes", "--revision", "main", home=mirror)
        assert pulled.returncode == 0, pulled.stderr
        # Nothing but the files is asked for.
        assert [p for p in hub.paths if "/resolve/main/" not in p] == []
    assert (tmp_path / "hf/hub").is_dir()  # HF_HOME is honoured
    for source in CATVTON.sources:
        for file in source.files:
            place = source.place(file)
            assert (weights / place).read_bytes() == (published / source.repo / file.source).read_bytes()
    assert models("verify", "catvton", home=home).returncode == 0
    # The licence was accepted at the pull, so an engine starts without the setting.
    code = (
        "from inference.registry import *; from pathlib import Path; "
        f"e, why = create('try_on', 'auto', lambda options: options(weights_dir={str(weights)!r}, device='cpu')); "
        "e.load(); print(e.info.name, why)"
    )
    environment = {**home, "PYTHONWARNINGS": "ignore"}
    started = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert started.stdout.startswith("catvton no fashn: its weights are not on disk"), started.stderr

    # Another file of equal shapes in its place is told apart.
    attention = weights / CATVTON.sources[2].place(CATVTON.sources[2].files[0])
    attention.unlink()
    shutil.copyfile(TINY / MODELS["catvton-masked"].sources[2].place(CATVTON.sources[2].files[0]), attention)
    verified = models("verify", "catvton", home=home)
    assert verified.returncode == 1
    assert f"WRONG {attention}: checksum" in verified.stdout
    refused = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1 and f"{attention}: checksum" in refused.stderr


KLEIN = MODELS["klein"]


@pytest.fixture
def published_klein(tmp_path: Path) -> Path:
    """A repository whose files the catalog does not name, with some that no engine reads."""
    root = tmp_path / "published"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tiny_pipelines.make_klein(root)
    place = root / KLEIN.sources[0].repo
    (place / "README.md").write_text("about it")
    (place / "flux-2-klein-4b.safetensors").write_bytes(b"the same again in one file")
    (place / "vae" / "picture.png").write_bytes(b"what it makes")
    return root


def test_what_is_not_pinned_is_pulled_as_it_is_now_and_stays_that(published_klein, home, tmp_path):
    weights = tmp_path / "weights"
    place = weights / KLEIN.sources[0].folder
    with Hub(published_klein) as hub:
        mirror = {**home, "HF_ENDPOINT": hub.url}
        pulled = models("pull", "klein", home=mirror)
        assert pulled.returncode == 0, pulled.stderr
        assert "not pinned: the newest is pulled, compared with what the hub announces" in pulled.stderr
        downloads = [path for path in hub.paths if "/resolve/" in path]
        assert all(f"/resolve/{COMMIT}/" in path for path in downloads), "one commit, for all of its files"
        assert len([*place.glob("text_encoder/*.safetensors")]) > 1, "shards that no catalog names"
        assert not [path for path in downloads if path.endswith((".md", ".png", "klein-4b.safetensors"))]
        hub.paths.clear()
        assert models("pull", "klein", home=mirror).returncode == 0
        assert hub.paths == [], "what is here is not asked for again"
    assert models("verify", "klein", home=home).returncode == 0
    (weights / KLEIN.sources[0].folder / "vae/config.json").write_text("{}")
    wrong = models("verify", "klein", home=home)
    assert wrong.returncode == 1 and "vae/config.json: checksum" in wrong.stdout
    for shard in place.glob("text_encoder/*.safetensors"):
        shard.unlink()
    assert "text_encoder/model-00001" in models("verify", "klein", home=home).stdout


def test_folders_are_pulled_from_a_directory_and_an_empty_one_is_refused(published_klein, home):
    nowhere = {**home, "HF_ENDPOINT": "http://127.0.0.1:9"}
    pulled = models("pull", "klein", "--from", published_klein, home=nowhere)
    assert pulled.returncode == 0, pulled.stderr
    assert models("verify", "klein", home=home).returncode == 0
    shutil.rmtree(published_klein / KLEIN.sources[0].repo / "scheduler")
    again = models("pull", "klein", "--revision", "other", "--from", published_klein, home=nowhere)
    assert again.returncode == 1 and "FLUX.2-klein-4B/scheduler is missing at other" in again.stderr


def test_a_pull_that_broke_off_is_taken_up_where_it_was(published, home, tmp_path):
    file = CATVTON.sources[0].files[-1]
    large = published / CATVTON.sources[0].repo / file.source
    large.write_bytes(os.urandom(24 * 2**20))
    with Hub(published, break_after=15 * 2**20) as hub:
        broken = models(
            "pull", "catvton", "--yes", "--revision", "main", home={**home, "HF_ENDPOINT": hub.url}
        )
    assert broken.returncode == 1 and file.source in broken.stderr
    place = tmp_path / "weights" / CATVTON.sources[0].place(file)
    assert not place.exists()  # never half a file
    with Hub(published) as hub:
        again = models(
            "pull", "catvton", "--yes", "--revision", "main", home={**home, "HF_ENDPOINT": hub.url}
        )
    assert again.returncode == 0, again.stderr
    assert hub.ranges == [f"bytes={10 * 2**20}-"]  # it is written in pieces of 10 MiB
    assert place.read_bytes() == large.read_bytes()


@pytest.mark.parametrize("layout", ["plain", "cache"])
def test_pull_from_a_directory_needs_no_network(published, home, tmp_path, layout):
    offline = published
    if layout == "cache":
        offline = tmp_path / "cache"
        for source in CATVTON.sources:
            repository = offline / f"hub/models--{source.repo.replace('/', '--')}"
            shutil.copytree(published / source.repo, repository / "snapshots" / COMMIT)
            (repository / "refs").mkdir()
            (repository / "refs/main").write_text(COMMIT)
    nowhere = {**home, "HF_ENDPOINT": "http://127.0.0.1:9"}
    pulled = models("pull", "catvton", "--yes", "--revision", "main", "--from", offline, home=nowhere)
    assert pulled.returncode == 0, pulled.stderr
    recorded = json.loads((tmp_path / "weights" / CHECKSUMS).read_text())
    assert len(recorded) == 6
    assert all(checksum(tmp_path / "weights" / name) == sha for name, sha in recorded.items())


def test_a_file_that_is_not_the_published_one_is_not_taken(published, home, tmp_path):
    refused = models("pull", "catvton", "--yes", "--from", published, home=home)
    assert refused.returncode == 1
    assert "stabilityai/sd-vae-ft-mse/diffusion_pytorch_model.safetensors: checksum" in refused.stderr
    assert "is not the published a1d993488569" in refused.stderr
    assert not (tmp_path / "weights/stabilityai/sd-vae-ft-mse/diffusion_pytorch_model.safetensors").exists()


def test_what_cannot_be_had_is_one_line(published, home, tmp_path):
    shutil.rmtree(published / "zhengchong")
    with Hub(published) as hub:
        mirror = {**home, "HF_ENDPOINT": hub.url}
        absent = models("pull", "catvton", "--yes", "--revision", "main", home=mirror)
    assert absent.returncode == 1
    assert (
        "proteus models pull: zhengchong/CatVTON-MaskFree/mix-48k-1024/attention/model.safetensors"
        in absent.stderr
    )
    assert "Traceback" not in absent.stderr
    missing = models("pull", "segformer", "--yes", "--from", tmp_path / "nothing", home=home)
    assert missing.returncode == 1 and "config.json is missing" in missing.stderr
    assert "there is no model 'magic'" in models("pull", "magic", home=home).stderr
    assert models("verify", "segformer", home=home).returncode == 1


def test_a_licence_is_accepted_before_anything_is_fetched(published, home, tmp_path):
    refused = models("pull", "catvton", "--revision", "main", "--from", published, home=home)
    assert refused.returncode == 1
    assert "PROTEUS_ALLOW_LICENSES=noncommercial" in refused.stderr
    assert not (tmp_path / "weights").exists()
    allowed = {**home, "PROTEUS_ALLOW_LICENSES": "noncommercial"}
    assert models("pull", "catvton", "--revision", "main", "--from", published, home=allowed).returncode == 0
    again = models("pull", "catvton", "--revision", "main", "--from", published, home=allowed)
    assert again.returncode == 0  # safe to repeat
