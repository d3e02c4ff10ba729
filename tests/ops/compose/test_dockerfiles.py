"""The images: Dockerfiles without a linter's finding, on pinned bases, as nobody's root."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
from manifests import ROOT

DOCKERFILES = [ROOT / "Dockerfile", ROOT / "web/Dockerfile"]
dockerfiles = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))


def _stages(dockerfile: Path) -> dict[str, tuple[str, list[str]]]:
    """By name, what each stage starts from and its instructions."""
    lines = re.sub(r"\\\n", " ", dockerfile.read_text()).splitlines()
    stages: dict[str, tuple[str, list[str]]] = {}
    for line in lines:
        if started := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            base, name = started.groups()
            stages[name] = (base, [])
        elif stages:
            stages[name][1].append(line)
    assert len(stages) == sum(line.startswith("FROM") for line in lines), "a stage without a name"
    return stages


@dockerfiles
@pytest.mark.skipif(platform.machine() != "x86_64", reason="hadolint has a wheel for x86_64 alone")
def test_the_linter_finds_nothing(dockerfile):
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, "--no-color", dockerfile], capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout) == (0, "")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="hadolint has a wheel for x86_64 alone")
def test_the_linter_would_find_something(tmp_path):
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python:latest\nUSER root\nCMD python\n")
    found = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), bad], capture_output=True, text=True, timeout=60
    )
    assert found.returncode == 1
    assert {"DL3007", "DL3002", "DL3025"} <= set(re.findall(r"DL\d+", found.stdout))


@dockerfiles
def test_bases_are_pinned_to_a_release(dockerfile):
    stages = _stages(dockerfile)
    for base, _ in stages.values():
        assert base in stages or re.search(r":\d+\.\d+\.\d+-[a-z]", base), base


@dockerfiles
def test_what_runs_is_a_user_by_number_and_not_root(dockerfile):
    """By number, since a cluster that is told `runAsNonRoot` cannot look up a name."""
    stages = _stages(dockerfile)
    inherited = {base for base, _ in stages.values()}
    copied = set(re.findall(r"--from=(\S+)", dockerfile.read_text()))
    shipped = stages.keys() - inherited - copied
    assert shipped == ({"base", "weaver"} if dockerfile.parent == ROOT else {"web"})
    for name in shipped:
        users: list[str] = []
        while name in stages:
            base, lines = stages[name]
            users = [line.split()[1] for line in lines if line.startswith("USER ")] + users
            name = base
        assert users and re.fullmatch(r"[1-9]\d*", users[-1]), dockerfile


def test_no_secret_and_no_history_goes_into_the_context():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".data", ".env"} <= set(ignored)
