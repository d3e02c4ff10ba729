"""What NetworkPolicies let through, by the rules of Kubernetes' documentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any


@dataclass(frozen=True)
class Party:
    """One end of a connection: a pod, or with no namespace an address outside of the cluster."""

    name: str
    ip: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


def reaches(policies: list[dict[str, Any]], source: Party, target: Party, port: int, protocol: str) -> bool:
    """Whether both ends allow it: an end that no policy selects allows all."""
    out = _allowed(policies, "Egress", source, target, port, protocol)
    return out and _allowed(policies, "Ingress", target, source, port, protocol)


def _allowed(
    policies: list[dict[str, Any]], direction: str, end: Party, other: Party, port: int, protocol: str
) -> bool:
    selecting = [
        policy["spec"]
        for policy in policies
        if policy["metadata"]["namespace"] == end.namespace
        and direction in policy["spec"]["policyTypes"]
        and _selects(policy["spec"]["podSelector"], end.labels)
    ]
    if not selecting:
        return True
    side = "to" if direction == "Egress" else "from"
    return any(
        _is_peer(rule.get(side), other, end.namespace) and _is_port(rule.get("ports"), port, protocol)
        for spec in selecting
        for rule in spec.get(direction.lower(), ())
    )


def _is_port(ports: list[dict[str, Any]] | None, port: int, protocol: str) -> bool:
    if not ports:
        return True
    assert all(isinstance(each["port"], int) for each in ports), "named ports are not looked up here"
    return any(each["port"] == port and each.get("protocol", "TCP") == protocol for each in ports)


def _is_peer(peers: list[dict[str, Any]] | None, other: Party, own: str | None) -> bool:
    return not peers or any(_matches(peer, other, own) for peer in peers)


def _matches(peer: dict[str, Any], other: Party, own: str | None) -> bool:
    if "ipBlock" in peer:
        address, block = ip_address(other.ip), peer["ipBlock"]
        inside = address in ip_network(block["cidr"])
        return inside and not any(address in ip_network(each) for each in block.get("except", ()))
    if other.namespace is None:
        return False
    if "namespaceSelector" in peer:
        labels = {"kubernetes.io/metadata.name": other.namespace}
        if not _selects(peer["namespaceSelector"], labels):
            return False
    elif other.namespace != own:
        return False
    return _selects(peer.get("podSelector", {}), other.labels)


def _selects(selector: dict[str, Any], labels: Mapping[str, str]) -> bool:
    assert not selector.keys() - {"matchLabels", "matchExpressions"}, selector
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In", "the one operator that ours use"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True
