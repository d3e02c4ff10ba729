"""Every connection that the manifests count on is let through, and no other is."""

from itertools import product
from pathlib import Path

import pytest
from manifests import LKE, OVERLAYS, documents, workloads
from needs import DATABASE, apps, needs
from reach import Party, reaches

OUTSIDE = [
    Party("dns", "10.128.0.10", "kube-system", {"k8s-app": "kube-dns"}),
    Party("another of kube-system", "10.2.9.1", "kube-system", {"k8s-app": "metrics-server"}),
    Party("keda", "10.2.9.2", "keda", {"app": "keda-operator"}),
    Party("another of keda", "10.2.9.3", "keda", {"app": "keda-admission-webhooks"}),
    Party("prometheus", "10.2.9.4", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
    Party("traefik", "10.2.9.5", "traefik", {"app.kubernetes.io/name": "traefik"}),
    Party("cnpg", "10.2.9.6", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
    Party("a stranger in the cluster", "10.2.9.7", "default", {"app": "gateway"}),
    Party("public", "203.0.113.7"),
    Party("kubernetes-api", "198.51.100.1"),
    Party("metadata of the node", "169.254.169.254"),
    Party("a private network", "192.168.128.9"),
]
#: Some that nobody needs are among them: of an object store, no more than the port of its S3 may be asked.
PORTS = [22, 53, 80, 443, 4222, 5432, 6222, 6443, 8000, 8080, 8089, 8222, 8333, 9000, 18333]
overlays = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)


def _inside(overlay: Path) -> list[Party]:
    labels = {app: {"app": app} for app in apps(overlay)}
    labels[DATABASE] = {"cnpg.io/cluster": DATABASE}
    if "solver" in labels:
        labels["solver"] = {"acme.cert-manager.io/http01-solver": "true"}
    strange = {"a pod without labels": {}}
    return [
        Party(name, f"10.2.0.{number}", "proteus", given)
        for number, (name, given) in enumerate(sorted({**labels, **strange}.items()))
    ]


def policies(overlay: Path) -> list[dict]:
    return [d for d in documents(overlay) if d["kind"] == "NetworkPolicy"]


def let_through(policies: list[dict], overlay: Path) -> set[tuple[str, str, int, str]]:
    inside = _inside(overlay)
    ours = {party.name for party in inside}
    return {
        (source.name, target.name, port, protocol)
        for source, target in product(inside + OUTSIDE, repeat=2)
        if {source.name, target.name} & ours  # what others do among themselves is theirs
        for port, protocol in product(PORTS, ("TCP", "UDP"))
        if reaches(policies, source, target, port, protocol)
    }


#: What one line lets through beyond its need, because addresses have no names and DNS is everyone's.
def unavoidable(need: set[tuple[str, str, int, str]]) -> set[tuple[str, str, int, str]]:
    beside = {("a pod without labels", "dns", 53, protocol) for protocol in ("UDP", "TCP")}
    outward = [party.name for party in OUTSIDE if party.namespace is None]
    for source, target, port, protocol in need:
        if target == "public":
            beside.add((source, "kubernetes-api", port, protocol))  # public, too
        if target == "kubernetes-api":
            beside |= {(source, party, port, protocol) for party in outward}
            strangers = [p.name for p in OUTSIDE if p.namespace is not None]
            beside |= {(source, party, port, protocol) for party in strangers}  # its address is not known
    return beside


@overlays
def test_what_is_needed_islet_through_and_nothing_else(overlay):
    need = needs(overlay)
    let = let_through(policies(overlay), overlay)
    assert need - let == set(), "missing"
    assert let - need - unavoidable(need) == set(), "more than is needed"


def test_the_needs_are_found():
    """Some that everyone knows, so that an empty list is no pass."""
    assert {
        ("gateway", "nats", 4222, "TCP"),
        ("gateway", "postgres", 5432, "TCP"),
        ("web", "gateway", 8000, "TCP"),
        ("weaver", "public", 443, "TCP"),
        ("nats", "nats", 6222, "TCP"),
        ("keda", "nats", 8222, "TCP"),
        ("traefik", "web", 8080, "TCP"),
        ("prometheus", "tailor", 9000, "TCP"),
    } <= needs(LKE)
    assert len(apps(LKE)) == len(workloads(LKE)) + 2


def test_without_any_one_policy_something_needed_fails():
    """No policy is there for nothing, but the denial, without which everything is let through."""
    every = policies(LKE)
    need = needs(LKE)
    for policy in every:
        without = let_through([p for p in every if p is not policy], LKE)
        name = policy["metadata"]["name"]
        if name == "default-deny":
            assert ("a stranger in the cluster", "a pod without labels", 22, "TCP") in without
        else:
            assert need - without, f"{name} lets nothing through that is needed"
