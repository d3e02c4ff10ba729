"""The release workflow: valid, pinned, of least rights, and of the images that the manifests name."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from manifests import LKE, ROOT, containers, workloads

WORKFLOW = ROOT / ".github/workflows/release.yaml"
NIGHTLY = WORKFLOW.with_name("nightly.yaml")
TEXT = WORKFLOW.read_text()
RELEASE = yaml.safe_load(TEXT)
STEPS = [step for job in RELEASE["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (WORKFLOW, "github-workflows"),
        (NIGHTLY, "github-workflows"),
        (ROOT / ".github/dependabot.yml", "dependabot"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_it_is_valid_by_its_schema(path: Path, schema: str):
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.returncode == 0, found.stdout


def test_actions_are_pinned_to_a_commit_and_say_its_version():
    nightly = yaml.safe_load(NIGHTLY.read_text())["jobs"]["test"]["steps"]
    used = re.findall(r"uses: (.*)", TEXT + NIGHTLY.read_text())
    assert len(used) == sum("uses" in step for step in STEPS + nightly)
    for line in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_every_image_has_a_bill_of_materials_and_a_provenance():
    pushes = [step for step in STEPS if step.get("uses", "").startswith("docker/build-push-action@")]
    assert pushes
    for step in pushes:
        assert step["with"]["push"] is True
        assert step["with"]["sbom"] is True
        assert step["with"]["provenance"] == "mode=max"
        assert "latest" not in step["with"]["tags"]


def test_it_may_write_packages_and_nothing_else():
    assert RELEASE["permissions"] == {}
    for name, job in RELEASE["jobs"].items():
        writes = [right for right, level in job["permissions"].items() if level == "write"]
        assert writes == (["packages"] if name == "image" else []), name
        assert job["timeout-minutes"] <= 60


def test_no_expression_becomes_a_line_of_a_shell():
    """What GitHub fills into a script is run; what it puts into the environment is not."""
    assert not [step["run"] for step in STEPS if "${{" in step.get("run", "")]


def test_it_builds_the_images_that_the_manifests_and_compose_name():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    built = {
        f"{image['name']}:{version}": (image["file"], image["target"])
        for image in RELEASE["jobs"]["image"]["strategy"]["matrix"]["include"]
    }
    run = {
        container["image"].removeprefix("ghcr.io/proteus/")
        for workload in workloads(LKE)
        for container in containers(workload)
        if container["image"].startswith("ghcr.io/proteus/")
    }
    assert run == built.keys()
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    for service in (service for service in compose if "build" in service):
        assert built[service["image"]] == ("Dockerfile", service["build"]["target"])
    for file, target in built.values():
        assert re.search(rf"^FROM \S+ AS {target}$", (ROOT / file).read_text(), re.MULTILINE)
