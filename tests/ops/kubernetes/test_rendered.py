"""Manifests follow from the kinds: a pool with some is deployed, scaled, reachable, watched; one without is nowhere."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from kustomized import compose
from manifests import ROOT, containers, pod, title
from needs import needs
from test_network import let_through, policies, unavoidable
from valid import validate

from ops.render import manifests
from ops.values import read_values
from schemas.jobs import BY_POOL, SPECS
from schemas.jobs.base import JobSpec
from schemas.pools import FITTER

#: Kinds of the pool that needs no GPU.
COUNT, FRAME = (
    replace(SPECS["tailor"], kind=kind, pool=FITTER, subject=None, consumer=None)
    for kind in ("count", "frame")
)


def _render(tree: Path, by_pool: dict[str, tuple[JobSpec, ...]]) -> Path:
    """What the one command would write in a copy of ours."""
    shutil.copytree(ROOT / "ops", tree / "ops", dirs_exist_ok=True)
    for name in ("docker-compose.yml", ".env.example", "pyproject.toml"):
        shutil.copy(ROOT / name, tree / name)
    for path, text in manifests(tree, by_pool).items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.write_text(text)
    return tree


#: As if the pool had no kind yet.
WITHOUT = {pool: specs for pool, specs in BY_POOL.items() if pool != "fitter"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """With two kinds of a pool that had none."""
    return _render(tmp_path_factory.mktemp("tree"), {"fitter": (COUNT, FRAME), **WITHOUT})


@pytest.fixture(scope="module")
def lke(tree) -> dict[str, dict]:
    """Its documents on LKE, each valid."""
    made = {title(document): document for document in compose(tree / "ops/k8s/overlays/lke")}
    for document in made.values():
        validate(document)
    return made


def _read(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def test_a_new_pool_is_deployed_as_its_nats_user_with_the_defaults(lke):
    (container,) = containers(lke["Deployment/fitter"])
    assert container["args"] == ["fitter"]
    assert container["resources"] == read_values(ROOT / "ops/values.yaml").defaults["resources"]
    environment = {each["name"]: each for each in container["env"]}
    assert environment["NATS_URL"]["value"].startswith("nats://fitter:")
    assert environment["NATS_PASSWORD"]["valueFrom"]["secretKeyRef"]["key"] == "NATS_PASSWORD_FITTER"
    assert "nodeSelector" not in pod(lke["Deployment/fitter"])
    assert lke["PodDisruptionBudget/fitter"]["spec"]["selector"] == {"matchLabels": {"app": "fitter"}}


def test_each_of_its_kinds_scales_it(lke):
    spec = lke["ScaledObject/fitter"]["spec"]
    assert spec["scaleTargetRef"] == {"name": "fitter"}
    watched = {(each["metadata"]["stream"], each["metadata"]["consumer"]) for each in spec["triggers"]}
    assert watched == {("FITTING", "fitter-count"), ("FITTING", "fitter-frame")}


def test_it_is_let_through_to_what_it_needs_and_to_nothing_else(tree):
    overlay = tree / "ops/k8s/overlays/lke"
    need, let = needs(overlay), let_through(policies(overlay), overlay)
    assert {("fitter", "nats", 4222, "TCP"), ("prometheus", "fitter", 9000, "TCP")} <= need
    assert need - let == set(), "missing"
    assert let - need - unavoidable(need) == set(), "more than is needed"


def test_the_quota_grows_by_its_pods(lke, tmp_path):
    before = {title(each): each for each in compose(_render(tmp_path, WITHOUT) / "ops/k8s/overlays/lke")}
    old, new = (made["ResourceQuota/proteus"]["spec"]["hard"] for made in (before, lke))
    at_once = lke["ScaledObject/fitter"]["spec"]["maxReplicaCount"] + 1  # one more while it is rolled out
    assert int(new["pods"]) == int(old["pods"]) + at_once
    assert int(new["requests.cpu"]) == int(old["requests.cpu"]) + at_once
    assert new["requests.nvidia.com/gpu"] == old["requests.nvidia.com/gpu"]


def test_it_is_watched(tree):
    watched = {title(each): each for each in compose(tree / "ops/k8s/components/monitoring")}
    assert {"ServiceMonitor/fitter", "Service/fitter-metrics"} <= watched.keys()
    jobs = {job["job_name"] for job in _read(tree / "ops/prometheus/prometheus.yml")["scrape_configs"]}
    assert jobs == {"gateway", "weaver", "tailor", "fitter", "arbitrator"}
    alerts = {
        rule["alert"]: rule["expr"]
        for rule in _read(tree / "ops/prometheus/alerts.yaml")["groups"][0]["rules"]
    }
    assert alerts["ProteusInstanceDown"] == 'up{job=~"gateway|weaver|tailor|fitter|arbitrator"} == 0'
    assert 'absent(up{job="fitter"})' in alerts["ProteusServiceMissing"]
    assert (
        "gateway|weaver|tailor|fitter|arbitrator"
        in (tree / "ops/grafana/dashboards/overview.json").read_text()
    )


def test_compose_runs_it_with_a_password_of_its_own(tree):
    services = _read(tree / "docker-compose.yml")["services"]
    assert services["fitter"]["command"] == ["fitter"]
    assert services["fitter"].keys() == services["tailor"].keys()
    password = "${NATS_PASSWORD_FITTER:?set NATS_PASSWORD_FITTER in .env}"
    assert services["nats"]["environment"]["NATS_PASSWORD_FITTER"] == password
    assert services["fitter"]["environment"]["NATS_URL"] == f"nats://fitter:{password}@nats:4222"
    assert "\nNATS_PASSWORD_FITTER=\n" in (tree / ".env.example").read_text()


def test_what_was_written_is_written_the_same_again(tree):
    for path, text in manifests(tree, {"fitter": (COUNT, FRAME), **WITHOUT}).items():
        assert text is None or text == path.read_text(), path


def test_a_pool_without_kinds_is_nowhere(tmp_path):
    alone = {"weaver": BY_POOL["weaver"]}
    tree = _render(tmp_path, alone)
    made = {title(document) for document in compose(tree / "ops/k8s/overlays/lke")}
    assert "Deployment/weaver" in made
    assert not {name for name in made if "tailor" in name or "fitter" in name}
    assert not list(tree.glob("ops/*/**/tailor.yaml"))
    assert "tailor" not in _read(tree / "docker-compose.yml")["services"]


def test_what_a_person_decides_is_what_is_written(tmp_path):
    tree = _render(tmp_path, BY_POOL)
    values = tree / "ops/values.yaml"
    values.write_text(
        values.read_text().replace("replicas: { least: 1, most: 4 }", "replicas: { least: 2, most: 6 }")
    )
    made = manifests(tree, BY_POOL)
    text = made[tree / "ops/keda/tailor.yaml"]
    assert text is not None
    spec = yaml.safe_load(text)["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 6)


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ("  weaver:", "  waever:", "waever"),
        ("may_be_none: true", "may_be_nine: true", "may_be_nine"),
        ("memory: 27Gi, ", "", "memory"),
    ],
)
def test_a_slip_in_the_values_is_named(tmp_path, was, becomes, named):
    tree = _render(tmp_path, BY_POOL)
    values = tree / "ops/values.yaml"
    assert was in values.read_text()
    values.write_text(values.read_text().replace(was, becomes))
    with pytest.raises(ValueError, match=named):
        manifests(tree, BY_POOL)


def test_a_file_whose_part_was_taken_away_is_not_passed_over(tmp_path):
    tree = _render(tmp_path, BY_POOL)
    network = tree / "ops/k8s/base/network.yaml"
    network.write_text(network.read_text().replace("# /workers", ""))
    with pytest.raises(ValueError, match="workers"):
        manifests(tree, BY_POOL)
