"""The namespace's quota holds everything at its largest, and bounds what it may cost."""

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from kustomized import compose
from manifests import LKE, ROOT, documents, find, pod, workloads

GPU = "nvidia.com/gpu"
UNITS = {"m": Fraction(1, 1000), "Mi": 2**20, "Gi": 2**30}
#: A quota beyond this many times the need bounds nothing.
SLACK = 1.5


def _amount(quantity: str) -> Fraction:
    for unit, factor in UNITS.items():
        if quantity.endswith(unit):
            return Fraction(quantity.removesuffix(unit)) * factor
    return Fraction(quantity)


def _most_replicas() -> dict[str, int]:
    """By name, what its autoscaler may make of a deployment."""
    found = {}
    for document in documents(LKE):
        spec = document.get("spec", {})
        if document["kind"] == "ScaledObject":
            found[spec["scaleTargetRef"]["name"]] = spec["maxReplicaCount"]
        elif document["kind"] == "HorizontalPodAutoscaler":
            found[spec["scaleTargetRef"]["name"]] = spec["maxReplicas"]
    return found


def _pods(workload: dict) -> int:
    """At most, with a rollout under way."""
    name, spec = workload["metadata"]["name"], workload["spec"]
    if workload["kind"] == "Job":
        return 1
    replicas = _most_replicas().get(name) or spec["replicas"]
    surge = spec["strategy"]["rollingUpdate"]["maxSurge"] if workload["kind"] == "Deployment" else 0
    return replicas + surge


def _asked(workload: dict) -> Counter:
    """Of one pod, by resource: the containers together, or the largest of those that run before them."""
    together: Counter = Counter()
    for container in pod(workload)["containers"]:
        resources = container["resources"]
        for name, quantity in {**resources["limits"], **resources["requests"]}.items():
            together[name] += _amount(quantity)  # where no request is stated, the limit is it
    for container in pod(workload).get("initContainers", ()):
        for name, quantity in container["resources"]["requests"].items():
            together[name] = max(together[name], _amount(quantity))
    return together


def _needed() -> Counter:
    total: Counter = Counter()
    for workload in workloads(LKE):
        pods = _pods(workload)
        total["pods"] += pods
        for name, amount in _asked(workload).items():
            total[f"requests.{name}"] += amount * pods
        for claim in workload["spec"].get("volumeClaimTemplates", ()):
            total["persistentvolumeclaims"] += pods
            total["requests.storage"] += _amount(claim["spec"]["resources"]["requests"]["storage"]) * pods
    database = find(LKE, "Cluster", "postgres")["spec"]
    instances = database["instances"] + 1  # and the Job that makes another
    total["pods"] += instances
    for name in ("cpu", "memory"):
        total[f"requests.{name}"] += _amount(database["resources"]["requests"][name]) * instances
    total["persistentvolumeclaims"] += instances
    total["requests.storage"] += _amount(database["storage"]["size"]) * instances
    total["pods"] += 1  # cert-manager's solver
    return total


@pytest.mark.parametrize(
    "resource",
    ["pods", "requests.cpu", "requests.memory", "persistentvolumeclaims", "requests.storage"],
)
def test_all_at_its_largest_fits_and_not_much_more(resource):
    hard = _amount(find(LKE, "ResourceQuota", "proteus")["spec"]["hard"][resource])
    need = _needed()[resource]
    assert need <= hard <= ceil(need * Fraction(SLACK)), (float(need), float(hard))


def test_of_gpus_one_more_than_keda_may_ask_for():
    """For the one that drains while its follower starts; one that the quota refuses is tried again ever more seldom."""
    hard = int(find(LKE, "ResourceQuota", "proteus")["spec"]["hard"][f"requests.{GPU}"])
    assert hard == _needed()[f"requests.{GPU}"] + 1
    (scaled,) = [d for d in compose(ROOT / "ops/keda") if d["metadata"]["name"] == "weaver"]
    assert hard == scaled["spec"]["maxReplicaCount"] + 1


def test_what_is_asked_of_the_quota_is_every_kind_that_it_bounds():
    assert find(LKE, "ResourceQuota", "proteus")["spec"]["hard"].keys() <= _needed().keys()
