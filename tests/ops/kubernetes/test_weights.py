"""Every weaver has its weights wherever it is put, and nobody's licence is accepted for them."""

import os
import subprocess
import sys

from manifests import LKE, OVERLAYS, containers, find, pod, title, workloads

from inference.weights.catalog import DEFAULT, MODELS


def _puller():
    (puller,) = pod(find(LKE, "Deployment", "weaver"))["initContainers"]
    return puller


def test_no_pod_that_may_have_a_twin_shares_a_volume_with_it():
    """A claim that one node may mount would keep the second pod on another node pending."""
    for overlay in OVERLAYS:
        for workload in workloads(overlay):
            volumes = pod(workload)["volumes"]
            assert not [v for v in volumes if "persistentVolumeClaim" in v], title(workload)


def test_what_is_pulled_lies_where_the_weaver_reads():
    (weaver,) = pod(find(LKE, "Deployment", "weaver"))["containers"]
    for container in (_puller(), weaver):
        (value,) = [e["value"] for e in container["env"] if e["name"] == "PROTEUS_WEIGHTS_DIR"]
        (mount,) = [m for m in container["volumeMounts"] if m["mountPath"] == value]
        assert mount["name"] == "weights"
        assert mount.get("readOnly", False) is (container is weaver)


def test_the_volume_is_within_what_the_pod_asks_of_its_node():
    spec = pod(find(LKE, "Deployment", "weaver"))
    volumes = sum(int(v["emptyDir"]["sizeLimit"].removesuffix("Gi")) for v in spec["volumes"])
    asked = spec["containers"][0]["resources"]["requests"]["ephemeral-storage"]
    assert volumes <= int(asked.removesuffix("Gi"))


def test_what_is_pulled_asks_for_no_licence_and_is_the_first_choice():
    *_, name = _puller()["args"]
    assert MODELS[name].license_class == "open"
    assert (name,) == DEFAULT


def test_another_licence_is_accepted_by_the_operator_alone(tmp_path):
    """What the container runs with CatVTON in its place, with the settings as shipped, ends with what to do."""
    settings = find(LKE, "ConfigMap", "proteus")["data"]
    assert settings["PROTEUS_ALLOW_LICENSES"] == ""
    places = {"PROTEUS_WEIGHTS_DIR": str(tmp_path), "HF_HOME": str(tmp_path / "hub")}
    assert {e["name"] for e in _puller()["env"]} == places.keys()
    refused = subprocess.run(
        [sys.executable, "-m", "services.cli", *_puller()["args"][:-1], "catvton"],
        env={**os.environ, **settings, **places}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "set PROTEUS_ALLOW_LICENSES=noncommercial" in refused.stderr
    assert not list(tmp_path.rglob("*.safetensors"))


def test_only_weavers_pull():
    for overlay in OVERLAYS:
        for workload in workloads(overlay):
            for container in containers(workload):
                if "models" in container.get("args", ()):
                    assert title(workload) == "Deployment/weaver"
