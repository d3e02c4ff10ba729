"""Who has to reach whom, read from the manifests that say so and not from any NetworkPolicy."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manifests import containers, documents, find, pod, workloads

#: (who calls, whom, port, protocol); names of pods are their label `app`.
Need = tuple[str, str, int, str]

_URL = re.compile(r"([\w.-]+)\.proteus\.svc\.cluster\.local:(\d+)")
DATABASE = "postgres"
METRICS = 9000  # PROTEUS_PROBE_PORT of the ConfigMap


def needs(overlay: Path) -> set[Need]:
    """Every connection that an overlay counts on."""
    found = {(app, "dns", 53, protocol) for app in apps(overlay) for protocol in ("UDP", "TCP")}
    for workload in workloads(overlay):
        app = workload["spec"]["template"]["metadata"]["labels"]["app"]
        found |= {(app, *rest) for rest in _called_by(overlay, workload)}
        found |= {("prometheus", app, port, "TCP") for port in _metrics(workload)}
    for document in documents(overlay):
        if document["kind"] == "Cluster":
            found |= _of_cloudnative_pg()
        if document["kind"] == "ScaledObject":
            for trigger in document["spec"]["triggers"]:
                endpoint = trigger["metadata"].get("natsServerMonitoringEndpoint", "")
                found |= {("keda", *target) for target in _services(overlay, endpoint)}
        if document["kind"] == "Ingress":
            found |= set(_of_ingress(overlay, document))
    return found


def apps(overlay: Path) -> set[str]:
    """The pods of the namespace, by their label; cert-manager's solver among them where there is a certificate."""
    names = {w["spec"]["template"]["metadata"]["labels"]["app"] for w in workloads(overlay)}
    clusters = {d["metadata"]["name"] for d in documents(overlay) if d["kind"] == "Cluster"}
    solver = {"solver"} if any(d["kind"] == "Ingress" for d in documents(overlay)) else set()
    return names | clusters | solver


def _called_by(overlay: Path, workload: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    for volume in pod(workload)["volumes"]:  # nats-server's routes stand in its configuration
        if "configMap" in volume:
            config = find(overlay, "ConfigMap", volume["configMap"]["name"])
            yield from _services(overlay, str(config["data"]))
    for container in containers(workload):
        if container.get("args", [])[:2] == ["models", "pull"]:
            yield "public", 443, "TCP"
        for source in container.get("envFrom", ()):
            if source.get("secretRef", {}).get("name") == "s3":
                yield _s3(overlay)
        for variable in container.get("env", ()):
            yield from _services(overlay, variable.get("value", ""))
            secret = variable.get("valueFrom", {}).get("secretKeyRef", {}).get("name")
            if secret == f"{DATABASE}-app":  # CloudNativePG's, with the database's URL
                yield DATABASE, 5432, "TCP"


def _s3(overlay: Path) -> tuple[str, int, str]:
    url = find(overlay, "ConfigMap", "proteus")["data"]["S3_ENDPOINT_URL"]
    assert re.fullmatch(r"https://[\w.-]+", url), url
    return "public", 443, "TCP"


def _services(overlay: Path, text: str) -> Iterator[tuple[str, int, str]]:
    """The pods behind each URL of a service that a text names."""
    for host, port in _URL.findall(text):
        spec = find(overlay, "Service", host.rpartition(".")[2])["spec"]
        (named,) = [each for each in spec["ports"] if each["port"] == int(port)]
        yield spec["selector"]["app"], named.get("targetPort", named["port"]), "TCP"


def _metrics(workload: dict[str, Any]) -> Iterator[int]:
    """Our own services, which are those that answer /readyz, answer /metrics on the port of their setting."""
    for container in pod(workload)["containers"]:
        if container.get("readinessProbe", {}).get("httpGet", {}).get("path") == "/readyz":
            yield METRICS


def _of_ingress(overlay: Path, ingress: dict[str, Any]) -> Iterator[Need]:
    for rule in ingress["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            spec = find(overlay, "Service", backend["name"])["spec"]
            (port,) = [each for each in spec["ports"] if each["name"] == backend["port"]["name"]]
            yield "traefik", spec["selector"]["app"], port["targetPort"], "TCP"
    if "cert-manager.io/cluster-issuer" in ingress["metadata"]["annotations"]:
        yield "traefik", "solver", 8089, "TCP"  # cert-manager's, for the HTTP-01 challenge


def _of_cloudnative_pg() -> set[Need]:
    """As its documentation has it: the operator and the pods among themselves, and the Kubernetes API."""
    among = {(who, DATABASE, port, "TCP") for who in (DATABASE, "cnpg") for port in (5432, 8000)}
    return among | {(DATABASE, "kubernetes-api", port, "TCP") for port in (443, 6443)}
