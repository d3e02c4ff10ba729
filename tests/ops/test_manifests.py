"""Every manifest of every overlay: valid, pinned, limited, unprivileged, probed."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml
from compose import compose

ROOT = Path(__file__).parents[2]
OVERLAYS = sorted(path.parent for path in (ROOT / "ops/k8s/overlays").glob("*/kustomization.yaml"))
#: Schemas of custom resources, beside the repository where there are any.
SCHEMAS = ROOT.parent / "shared/k8s-schemas"
KUBERNETES = "1.33"
CUSTOM = {"keda.sh", "postgresql.cnpg.io"}

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
    unchecked = set()
    for document in _documents(overlay):
        group, _, version = document["apiVersion"].rpartition("/")
        if group not in CUSTOM:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
            continue
        schema = SCHEMAS / group / f"{document['kind'].lower()}_{version}.json"
        if schema.exists():
            jsonschema.validate(document, json.loads(schema.read_text()))
        else:
            unchecked.add(_name(document))
    if unchecked:
        print(
            f"no schema beside the repository for {sorted(unchecked)}: only the built-in kinds were checked"
        )


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
            assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"], (
                name
            )
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False, name
            assert security["readOnlyRootFilesystem"] is True, name
            assert security["capabilities"]["drop"] == ["ALL"], name
            if kind != "Job":
                assert {"startupProbe", "livenessProbe", "readinessProbe"} <= container.keys(), name


@overlays
def test_no_secret_is_written_down(overlay):
    assert not [_name(document) for document in _documents(overlay) if document["kind"] == "Secret"]


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
