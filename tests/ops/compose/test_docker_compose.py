"""docker-compose.yml by the compose specification's schema, by what the schema cannot say, and by docker-compose.

There is no Docker engine in the tests: whether it runs is not shown here.
"""

import re
import subprocess
import sys

import pytest
import yaml
from manifests import ENDING, ROOT, SERVICE_ENDING

from inference.weights.catalog import MODELS
from schemas.jobs import SPECS
from services.worker.settings import WorkerSettings
from streams.topology import lanes

FILE = ROOT / "docker-compose.yml"
COMPOSE = yaml.safe_load(FILE.read_text())
SERVICES = COMPOSE["services"]
GPU_FILE = ROOT / "docker-compose.gpu.yml"
ON_A_GPU = yaml.safe_load(GPU_FILE.read_text())["services"]


def _against_the_schema(path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_it_is_valid_by_the_specification(tmp_path):
    """With every default filled in and every anchor resolved, as compose sees it."""
    resolved = tmp_path / "compose.yml"
    resolved.write_text(re.sub(r"\$\{\w+(?::[-?]([^}]*))?\}", r"\1", yaml.safe_dump(COMPOSE)))
    for path in (FILE, GPU_FILE, resolved):
        found = _against_the_schema(path)
        assert found.returncode == 0, found.stdout


def test_the_schema_finds_a_typing_error(tmp_path):
    wrong = tmp_path / "compose.yml"
    wrong.write_text(yaml.safe_dump({"services": {"one": {"image": "a:1", "restarts": "always"}}}))
    assert _against_the_schema(wrong).returncode == 1


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_has_a_tag(name):
    _, _, tag = SERVICES[name]["image"].rpartition(":")
    assert re.match(r"v?\d+\.\d+|\d+-", tag), SERVICES[name]["image"]


def test_beside_each_image_of_others_stands_how_sure_its_tag_is():
    for line in re.findall(r"^    image: .*$", FILE.read_text(), re.MULTILINE):
        assert "image: proteus" in line or re.search(r":\S+ # \S", line), line


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "restart" in service])
def test_a_log_cannot_fill_the_disk(name):
    assert SERVICES[name]["logging"] == {"driver": "local", "options": {"max-size": "10m", "max-file": "3"}}


@pytest.mark.parametrize("name", SERVICES)
def test_who_is_waited_for_is_there_and_can_become_what_is_waited_for(name):
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        if wait["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other], other
        if wait["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] in ("no", "on-failure"), other
        # With a profile of its own it would be missing in another's.
        profiles = SERVICES[other].get("profiles", [])
        assert not profiles or set(SERVICES[name].get("profiles", ())) <= set(profiles), other


@pytest.mark.parametrize("name", SERVICES)
def test_named_volumes_are_declared(name):
    sources = {volume.split(":")[0] for volume in SERVICES[name].get("volumes", ())}
    assert {source for source in sources if not source.startswith(".")} <= COMPOSE["volumes"].keys()


def test_what_has_to_be_set_is_in_the_example():
    required = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    offered = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert required <= offered


def test_whose_word_about_clients_counts_is_the_operators_setting():
    assert SERVICES["gateway"]["environment"]["PROTEUS_TRUSTED_PROXIES"] == "${PROTEUS_TRUSTED_PROXIES:-}"
    assert "PROTEUS_TRUSTED_PROXIES=" in (ROOT / ".env.example").read_text()


def test_services_are_given_the_time_that_their_end_may_take():
    drain = WorkerSettings.model_fields["drain_seconds"].default
    least = {spec.pool.name: len(lanes(spec)) * drain + ENDING for spec in SPECS.values()} | SERVICE_ENDING
    for name, service in SERVICES.items():
        if (command := service.get("command", [""])[0]) in least:
            assert float(service["stop_grace_period"].removesuffix("s")) >= least[command], name


def test_weights_are_pulled_where_the_weaver_reads_and_their_licence_is_not_accepted_for_anyone():
    puller, weaver = ON_A_GPU["weights"], ON_A_GPU["weaver"]
    assert puller["volumes"] == weaver["volumes"] == ["weights:/weights"]
    for service in (puller, weaver):
        assert service["environment"]["PROTEUS_WEIGHTS_DIR"] == "/weights"
        assert service["environment"]["PROTEUS_ALLOW_LICENSES"] == "${PROTEUS_ALLOW_LICENSES:-}"
    assert "--yes" not in puller["command"]
    assert (
        MODELS[puller["command"][-1].removeprefix("${PROTEUS_MODELS:-").removesuffix("}")].license_class
        == "open"
    )
