"""Every manifest of every overlay: valid, pinned, limited, unprivileged, probed."""

from ipaddress import ip_address

import pytest
from kustomized import compose
from manifests import OVERLAYS, ROOT, containers, documents, find, pod, title, workloads
from valid import validate

from schemas.jobs import BY_POOL
from services.gateway.settings import GatewaySettings

#: MiB that `proteus bench memory` found a worker and its decoders to hold at most, on the engines that need no weights.
PEAKS = {"weaver": 2447, "tailor": 1311}

overlays = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)


@overlays
def test_every_document_is_valid(overlay):
    for document in documents(overlay):
        validate(document)


@overlays
def test_nothing_is_there_twice_and_everything_is_in_one_namespace(overlay):
    names = [title(document) for document in documents(overlay)]
    assert len(names) == len(set(names))
    namespaces = {d["metadata"].get("namespace") for d in documents(overlay) if d["kind"] != "Namespace"}
    assert namespaces == {"proteus"}


@overlays
def test_containers_are_pinned_limited_and_unprivileged(overlay):
    for workload in workloads(overlay):
        name = title(workload)
        assert pod(workload)["securityContext"]["runAsNonRoot"] is True, name
        assert pod(workload)["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", name
        for container in containers(workload):
            _, _, tag = container["image"].rpartition(":")
            assert tag and "/" not in tag and tag != "latest", f"{name}: {container['image']}"
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["limits"].keys(), name
            assert {"cpu", "memory"} <= resources["requests"].keys(), name
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"]["drop"] == ["ALL"], name


@overlays
def test_what_runs_for_long_is_probed(overlay):
    for workload in workloads(overlay):
        if workload["kind"] == "Job":
            continue
        for container in pod(workload)["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), title(workload)


@overlays
def test_no_secret_is_written_down(overlay):
    assert not [title(document) for document in documents(overlay) if document["kind"] == "Secret"]


@overlays
def test_what_an_autoscaler_owns_states_no_replicas(overlay):
    made = documents(overlay)
    scaled = {
        d["spec"]["scaleTargetRef"]["name"]
        for d in [*made, *compose(ROOT / "ops/keda")]
        if d["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")
    }
    stated = {d["metadata"]["name"] for d in made if d["kind"] == "Deployment" and "replicas" in d["spec"]}
    assert scaled == {"gateway", *BY_POOL}
    assert not stated & scaled, "applying the manifests again would undo what the autoscaler did"


@overlays
def test_an_ingress_of_the_cluster_is_believed_about_its_clients_and_the_world_is_not(overlay):
    (container,) = containers(find(overlay, "Deployment", "gateway"))[-1:]
    settings = find(overlay, "ConfigMap", container["envFrom"][0]["configMapRef"]["name"])["data"]
    proxies = GatewaySettings(
        jwt_secret="x" * 32, trusted_proxies=settings["PROTEUS_TRUSTED_PROXIES"]
    ).proxies()
    assert any(ip_address("10.2.0.7") in each for each in proxies)
    assert not any(ip_address("203.0.113.9") in each for each in proxies)


@overlays
def test_workers_may_hold_what_the_worst_pictures_take(overlay):
    for name, peak in PEAKS.items():
        (container,) = containers(find(overlay, "Deployment", name))[-1:]
        limit = container["resources"]["limits"]["memory"]
        assert limit.endswith("Gi") and int(limit[:-2]) * 1024 > 1.2 * peak, f"{name}: {limit}"
