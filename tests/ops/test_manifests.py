"""Every manifest of every overlay: valid, pinned, limited, unprivileged, probed."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml
from compose import compose
from valid import validate

ROOT = Path(__file__).parents[2]
OVERLAYS = sorted(path.parent for path in (ROOT / "ops/k8s/overlays").glob("*/kustomization.yaml"))
overlays = pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)


@cache
def _documents(overlay: Path) -> list[dict]:
    return compose(overlay)


def _name(document: dict) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def _pods(documents: list[dict]) -> list[tuple[str, str, dict]]:
    return [
        (_name(d), d["kind"], d["spec"]["template"]["spec"])
        for d in documents
        if d["kind"] in ("Deployment", "StatefulSet", "Job")
    ]


@overlays
def test_every_document_is_valid(overlay):
    for document in _documents(overlay):
        validate(document)


@overlays
def test_nothing_is_there_twice_and_everything_is_in_one_namespace(overlay):
    names = [_name(document) for document in _documents(overlay)]
    assert len(names) == len(set(names))
    namespaces = {d["metadata"].get("namespace") for d in _documents(overlay) if d["kind"] != "Namespace"}
    assert namespaces == {"proteus"}


@overlays
def test_containers_are_pinned_limited_and_unprivileged(overlay):
    for name, kind, pod in _pods(_documents(overlay)):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", name
        for container in pod["containers"]:
            _, _, tag = container["image"].rpartition(":")
            assert tag and "/" not in tag and tag != "latest", f"{name}: {container['image']}"
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["limits"].keys(), name
            assert {"cpu", "memory"} <= resources["requests"].keys(), name
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"]["drop"] == ["ALL"], name
            if kind != "Job":
                assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name


@overlays
def test_no_secret_is_written_down(overlay):
    assert not [_name(document) for document in _documents(overlay) if document["kind"] == "Secret"]


@overlays
def test_what_an_autoscaler_owns_states_no_replicas(overlay):
    documents = _documents(overlay)
    scaled = {
        d["spec"]["scaleTargetRef"]["name"]
        for d in [*documents, *compose(ROOT / "ops/keda")]
        if d["kind"] in ("HorizontalPodAutoscaler", "ScaledObject")
    }
    stated = {
        d["metadata"]["name"] for d in documents if d["kind"] == "Deployment" and "replicas" in d["spec"]
    }
    assert scaled == {"gateway", "weaver", "tailor"}
    assert not stated & scaled, "applying the manifests again would undo what the autoscaler did"


def test_a_weaver_is_started_when_it_is_warm():
    (weaver,) = [
        pod["containers"][0]
        for name, _, pod in _pods(_documents(ROOT / "ops/k8s/overlays/lke"))
        if name == "Deployment/weaver"
    ]
    assert weaver["startupProbe"]["httpGet"]["path"] == "/readyz"


def test_a_weaver_is_given_longer_than_its_drain():
    (pod,) = [
        pod
        for name, _, pod in _pods(_documents(ROOT / "ops/k8s/overlays/lke"))
        if name == "Deployment/weaver"
    ]
    from services.worker.settings import WorkerSettings

    assert pod["terminationGracePeriodSeconds"] > WorkerSettings.model_fields["drain_seconds"].default + 30


@overlays
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not here to compare with")
def test_kustomize_composes_the_same(overlay):
    made = subprocess.run(
        ["kubectl", "kustomize", overlay], capture_output=True, check=True, text=True, timeout=60
    ).stdout
    theirs = {_name(d): d for d in yaml.safe_load_all(made)}
    assert theirs == {_name(d): d for d in _documents(overlay)}
