"""What docker-compose itself makes of docker-compose.yml, without an engine: `config` for each profile.

Debian's docker-compose is version 1, which knows no top-level `name` and is given the file without that line; `docker
compose`, where it is installed, is given the file as it is.
"""

import re
import shutil
import subprocess

import pytest
import yaml
from manifests import ROOT
from test_docker_compose import COMPOSE, FILE, GPU_FILE, SERVICES

PROFILES = sorted({profile for service in SERVICES.values() for profile in service.get("profiles", ())})
SECRET = "p0123456789abcdef"


def _run(*command) -> subprocess.CompletedProcess:
    """Without what this machine's environment sets for compose."""
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def _programs() -> dict[str, tuple[str, ...]]:
    """Those that are here, by their version."""
    candidates = [("docker-compose",), ("docker", "compose")]
    there = [command for command in candidates if shutil.which(command[0])]
    versions = [(_run(*command, "version", "--short"), command) for command in there]
    return {
        done.stdout.strip().removeprefix("v"): command for done, command in versions if not done.returncode
    }


PROGRAMS = _programs()
pytestmark = pytest.mark.skipif(
    not PROGRAMS, reason="`apt-get install --no-install-recommends docker-compose`"
)
versions = pytest.mark.parametrize("version", PROGRAMS)


@pytest.fixture
def config(tmp_path):
    """``config`` of our file, or of another text, with a filled-in .env."""

    def ask(version: str, *arguments: str, text: str = FILE.read_text(), unset: str = "", gpu: bool = False):
        if version.startswith("1."):
            text = re.sub(r"^name: .*\n", "", text, flags=re.MULTILINE)
        file, filled = tmp_path / "docker-compose.yml", tmp_path / "filled.env"
        file.write_text(text)
        names = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
        filled.write_text("".join(f"{n}={SECRET}\n" for n in names if n != unset))
        where = ("--project-directory", str(ROOT), "--env-file", str(filled), "-f", str(file))
        where += ("-f", str(GPU_FILE)) if gpu else ()
        return _run(*PROGRAMS[version], *where, *arguments, "config")

    return ask


@versions
@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_is_understood_and_every_setting_filled_in(config, version, profile):
    done = config(version, "--profile", profile)
    assert done.returncode == 0, done.stderr
    assert "not set" not in done.stderr
    assert "${" not in done.stdout
    found = yaml.safe_load(done.stdout)
    wanted = {name for name, service in SERVICES.items() if profile in service.get("profiles", [profile])}
    assert wanted <= found["services"].keys()
    assert found["volumes"].keys() <= COMPOSE["volumes"].keys()
    for name in wanted & {"gateway", "weaver", "tailor", "fitter", "arbitrator"}:
        assert found["services"][name]["environment"]["NATS_URL"] == f"nats://{name}:{SECRET}@nats:4222"
        assert found["services"][name]["environment"]["S3_ENDPOINT_URL"] == "http://s3:8333"
        assert (
            found["services"][name]["depends_on"]["provision"]["condition"]
            == "service_completed_successfully"
        )


@versions
@pytest.mark.parametrize("gpu", [False, True], ids=["cpu", "gpu"])
@pytest.mark.parametrize("asked", [(), ("--profile", "observability"), ("--profile", "tools")])
def test_there_is_one_weaver_however_it_is_asked_for(config, version, asked, gpu):
    done = config(version, *asked, gpu=gpu)
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    (weaver,) = [service for service in services.values() if service.get("command") == ["weaver"]]
    assert weaver["image"].startswith("proteus-weaver:" if gpu else "proteus:")
    assert weaver["environment"]["PROTEUS_ENGINE"] == ("auto" if gpu else "warp")
    assert weaver["environment"]["NATS_URL"] == f"nats://weaver:{SECRET}@nats:4222"
    assert {"provision", "weights"} & weaver["depends_on"].keys() == (
        {"provision", "weights"} if gpu else {"provision"}
    )
    assert ("weights" in services) is gpu
    assert not weaver.get("profiles"), "a profile on the command line takes the place of COMPOSE_PROFILES"


@versions
def test_what_is_not_set_is_named(config, version):
    done = config(version, unset="JWT_SECRET")
    assert done.returncode != 0
    assert "set JWT_SECRET in .env" in done.stderr


@versions
@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("  provision: { condition", "  provisoin: { condition"),
        ("volumes: [s3:/data]", "volumes: [s4:/data]"),
        ("    read_only: true", "    readonly: true"),
    ],
)
def test_it_finds_mistakes(config, version, was, becomes):
    """Or its agreement would say nothing."""
    text = FILE.read_text()
    assert was in text
    assert config(version, text=text.replace(was, becomes)).returncode != 0
