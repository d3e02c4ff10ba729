"""The overlays' documents, composed once, and what the tests ask of them."""

from functools import cache
from pathlib import Path
from typing import Any

from kustomized import compose

from services.gateway.lifespan import LEDGER_SECONDS
from services.http_server import GRACEFUL_SECONDS

ROOT = Path(__file__).parents[2]
#: Seconds that a worker may take to end besides its drain: fetch (6), connection (5), probes, decoders.
ENDING = 20
#: The same for services without a drain, with what they do before they leave their connections.
SERVICE_ENDING = {
    "gateway": GRACEFUL_SECONDS + LEDGER_SECONDS + ENDING,
    "arbitrator": GRACEFUL_SECONDS + ENDING,
}
OVERLAYS = sorted(path.parent for path in (ROOT / "ops/k8s/overlays").glob("*/kustomization.yaml"))
LKE = ROOT / "ops/k8s/overlays/lke"


@cache
def documents(overlay: Path) -> list[dict[str, Any]]:
    """Every document of an overlay. Not to be changed: it is composed once for all tests."""
    return compose(overlay)


def title(document: dict[str, Any]) -> str:
    """How a document is called in a failure: Deployment/weaver."""
    return f"{document['kind']}/{document['metadata']['name']}"


def find(overlay: Path, kind: str, name: str) -> dict[str, Any]:
    """The one document of that kind and name."""
    (found,) = [d for d in documents(overlay) if title(d) == f"{kind}/{name}"]
    return found


def workloads(overlay: Path) -> list[dict[str, Any]]:
    """Every document that makes pods."""
    return [d for d in documents(overlay) if d["kind"] in ("Deployment", "StatefulSet", "Job")]


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    """The spec of a workload's pods."""
    spec: dict[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def containers(workload: dict[str, Any]) -> list[dict[str, Any]]:
    """Every container of a workload's pods, those that run first included."""
    spec = pod(workload)
    return [*spec.get("initContainers", ()), *spec["containers"]]
