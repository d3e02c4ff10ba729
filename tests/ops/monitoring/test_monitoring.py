"""Who deploys Proteus gets it watched: the monitors find the pods, compose's profile finds its files."""

from pathlib import Path

import pytest
import yaml
from kustomized import compose
from reach import Party, reaches
from valid import validate

ROOT = Path(__file__).parents[3]
OPS = ROOT / "ops"
COMPONENT = compose(OPS / "k8s/components/monitoring")
BASE = compose(OPS / "k8s/base")
JOBS = [
    job["job_name"]
    for job in yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())["scrape_configs"]
]
PROFILE = {
    name: service
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].items()
    if "observability" in service.get("profiles", ())
}


def _of(kind: str, *documents: dict) -> dict[str, dict]:
    return {document["metadata"]["name"]: document for document in documents if document["kind"] == kind}


@pytest.mark.parametrize("document", COMPONENT, ids=lambda d: f"{d['kind']}/{d['metadata']['name']}")
def test_every_document_of_the_component_is_valid(document):
    validate(document)
    assert document["metadata"]["namespace"] == "proteus"


def test_there_is_a_monitor_for_every_job_that_the_rules_count_on():
    assert sorted(_of("ServiceMonitor", *COMPONENT)) == sorted(JOBS)


@pytest.mark.parametrize("job", JOBS)
def test_a_monitor_leads_to_the_port_where_its_pods_show_metrics(job):
    monitor = _of("ServiceMonitor", *COMPONENT)[job]["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    (service,) = [
        service
        for service in _of("Service", *BASE, *COMPONENT).values()
        if wanted <= service["metadata"].get("labels", {}).items()
    ]
    assert service["metadata"]["labels"][monitor["jobLabel"]] == job
    deployment = _of("Deployment", *BASE)[job]["spec"]["template"]
    assert service["spec"]["selector"].items() <= deployment["metadata"]["labels"].items()
    (endpoint,) = monitor["endpoints"]
    (port,) = [port for port in service["spec"]["ports"] if port["name"] == endpoint["port"]]
    (container,) = deployment["spec"]["containers"]
    settings = _of("ConfigMap", *BASE)["proteus"]["data"]
    assert str(port["port"]) == settings["PROTEUS_PROBE_PORT"]
    assert settings["PROTEUS_PROBE_HOST"] == "0.0.0.0"  # it is not loopback alone
    assert {"configMapRef": {"name": "proteus"}} in container["envFrom"]
    policies = list(_of("NetworkPolicy", *BASE).values())
    prometheus = Party("prometheus", "10.2.9.4", "monitoring", {})
    assert reaches(policies, prometheus, Party(job, "10.2.0.1", "proteus", {"app": job}), port["port"], "TCP")


def test_the_rules_in_kubernetes_are_those_that_are_tested():
    groups = [
        group
        for name in ("recording.yaml", "alerts.yaml")
        for group in yaml.safe_load((OPS / "prometheus" / name).read_text())["groups"]
    ]
    assert _of("PrometheusRule", *COMPONENT)["proteus"]["spec"]["groups"] == groups


def test_the_profile_runs_unprivileged_and_on_this_machine_alone():
    assert PROFILE.keys() == {"prometheus", "grafana"}
    for name, service in PROFILE.items():
        assert service["user"].partition(":")[0] not in ("", "0", "root"), name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert all(port.startswith("127.0.0.1:") for port in service["ports"]), f"{name} has no password"


def test_the_profile_mounts_and_names_what_is_there():
    volumes = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["volumes"]
    for service in PROFILE.values():
        for mount in service["volumes"]:
            source = mount.split(":")[0]
            assert (ROOT / source).is_dir() if source.startswith(".") else source in volumes, mount
    source = yaml.safe_load((OPS / "grafana/provisioning/datasources/prometheus.yaml").read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
    home = PROFILE["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (OPS / "grafana/dashboards" / Path(home).name).is_file()


def test_prometheus_is_told_names_and_ports_that_compose_has():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    for job in yaml.safe_load((OPS / "prometheus/prometheus.yml").read_text())["scrape_configs"]:
        (found,) = job["dns_sd_configs"]
        for name in found["names"]:
            environment = services[name]["environment"]
            assert environment["PROTEUS_PROBE_PORT"] == str(found["port"])
            assert environment["PROTEUS_PROBE_HOST"] == "0.0.0.0"  # it is not loopback alone
