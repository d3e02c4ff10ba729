"""The official chart's values say what the plain manifests say. The chart itself is not here to render them."""

import re
import shutil

import pytest
import yaml
from kustomized import compose
from manifests import LKE, ROOT, containers, find, pod, title

COMPONENT = ROOT / "ops/k8s/components/nats-chart"
VALUES = yaml.safe_load((COMPONENT / "values.yaml").read_text())
PLAIN = find(LKE, "StatefulSet", "nats")
CONF = find(LKE, "ConfigMap", "nats")["data"]["nats.conf"]


@pytest.fixture
def overlay(tmp_path):
    """An operator's: the base, and NATS by its chart."""
    folder = tmp_path / "ops"
    shutil.copytree(ROOT / "ops/k8s", folder / "k8s")
    (folder / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [k8s/base]\n"
        "components: [k8s/components/nats-chart]\n"
    )
    return folder


def _of_nats(documents) -> set[str]:
    return {title(d) for d in documents if "nats" in d["metadata"]["name"]}


def test_the_component_leaves_out_what_the_chart_brings_and_keeps_the_rest(overlay):
    left = compose(overlay)
    base = compose(ROOT / "ops/k8s/base")
    gone = {title(d) for d in base} - {title(d) for d in left}
    kinds = ("StatefulSet", "PodDisruptionBudget", "Service", "ConfigMap")
    assert gone == {f"{kind}/nats" for kind in kinds} | {"Service/nats-headless"}
    assert "ConfigMap/nats-users" in _of_nats(left)


def test_the_servers_are_the_same():
    (server,) = containers(PLAIN)
    assert f"nats:{VALUES['container']['image']['tag']}" == server["image"]
    assert VALUES["config"]["cluster"]["replicas"] == PLAIN["spec"]["replicas"]
    for part in ("envFrom", "securityContext", "resources"):
        assert VALUES["container"]["merge"][part] == server[part]
    template = VALUES["podTemplate"]["merge"]
    assert template["spec"]["securityContext"] == pod(PLAIN)["securityContext"]
    assert template["metadata"]["labels"] == PLAIN["spec"]["selector"]["matchLabels"]
    (claim,) = PLAIN["spec"]["volumeClaimTemplates"]
    store = VALUES["config"]["jetstream"]["fileStore"]
    assert store["pvc"]["size"] == claim["spec"]["resources"]["requests"]["storage"]


def test_every_container_is_as_pod_security_and_the_quota_want_it():
    (server,) = containers(PLAIN)
    for part in (VALUES["container"]["merge"], VALUES["reloader"]["merge"]):
        assert part["securityContext"] == server["securityContext"]
        assert part["resources"].keys() == {"requests", "limits"}


def test_they_are_configured_the_same():
    jetstream = VALUES["config"]["jetstream"]
    assert f"max_file_store: {jetstream['fileStore']['maxSize']}," in CONF
    assert f"sync_interval: {jetstream['merge']['sync_interval']} " in CONF
    assert f"no_advertise: {str(VALUES['config']['cluster']['noAdvertise']).lower()}\n" in CONF
    assert f"name: {VALUES['config']['cluster']['merge']['name']}\n" in CONF
    assert f"include {VALUES['config']['merge']['$include']}\n" in CONF
    (payload,) = re.findall(r"max_payload: (\S+)", CONF)
    assert VALUES["config"]["merge"]["max_payload"] == f"<< {payload} >>"


def test_who_may_do_what_is_mounted_where_it_is_included():
    (mount,) = VALUES["container"]["patch"]
    (volume,) = VALUES["podTemplate"]["patch"]
    assert mount["value"]["name"] == volume["value"]["name"]
    assert volume["value"]["configMap"]["name"] == "nats-users"
    included = VALUES["config"]["merge"]["$include"].removeprefix("./")
    assert f"{mount['value']['mountPath']}/users.conf" == f"/etc/nats-config/{included}"
