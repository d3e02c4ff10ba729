"""The overlay that docs/lke.md tells an operator to write is one that kustomize takes, and does what it says."""

import json
import os
import re
import shutil
import subprocess

import yaml
from kubernetes_programs import program
from kustomized import build
from manifests import ROOT, title
from valid import KUBERNETES

LKE_GUIDE = (ROOT / "docs/lke.md").read_text()


def test_the_documented_overlay_is_built(tmp_path):
    (overlay,) = re.findall(r"```yaml\n(.*?)```", LKE_GUIDE, re.DOTALL)
    shutil.copytree(ROOT / "ops", tmp_path / "proteus/ops")
    (tmp_path / "kustomization.yaml").write_text(overlay)
    made = build(tmp_path)
    documents = {title(document): document for document in yaml.safe_load_all(made)}
    images = set(re.findall(r"image: (\S*proteus\S*)", made))
    assert {image.split("/")[0] for image in images} == {"registry.example.org"}
    store = {
        name: value
        for name, value in documents["ConfigMap/proteus"]["data"].items()
        if name.startswith("S3_")
    }
    assert store == {
        "S3_BUCKET": "my-shop",
        "S3_REGION": "de-fra-2",
        "S3_ENDPOINT_URL": "https://de-fra-2.linodeobjects.com",
        "S3_PUBLIC_ENDPOINT_URL": "https://de-fra-2.linodeobjects.com",
    }
    assert documents["Ingress/proteus"]["spec"]["rules"][0]["host"] == "tryon.example.org"
    assert documents["Ingress/proteus"]["spec"]["tls"][0]["hosts"] == ["tryon.example.org"]


def test_the_documented_node_pool_is_the_one_that_weavers_ask_for():
    (body,) = re.findall(r"-d '(\{.*?\})'", LKE_GUIDE, re.DOTALL)
    (pool,) = [pool for pool in json.loads(body)["node_pools"] if "taints" in pool]
    weaver = next(yaml.safe_load_all((ROOT / "ops/k8s/base/weaver.yaml").read_text()))
    spec = weaver["spec"]["template"]["spec"]
    assert pool["labels"] == spec["nodeSelector"]
    assert [taint["key"] for taint in pool["taints"]] == [each["key"] for each in spec["tolerations"]]
    quota = list(yaml.safe_load_all((ROOT / "ops/k8s/base/namespace.yaml").read_text()))[1]["spec"]["hard"]
    assert pool["autoscaler"]["max"] + 1 == int(quota["requests.nvidia.com/gpu"])


def test_the_documented_cluster_is_of_the_version_that_manifests_are_validated_against():
    (body,) = re.findall(r"-d '(\{.*?\})'", LKE_GUIDE, re.DOTALL)
    assert json.loads(body)["k8s_version"] == KUBERNETES


def test_a_rollout_is_waited_for_by_its_status():
    """`condition=available` is true of a Deployment with no pod at all."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        assert "condition=available" not in page.read_text(), page.name
    assert "rollout status" in LKE_GUIDE


def test_the_documented_arguments_reach_traefik_whole(tmp_path):
    """Through a chart of three lines that shows what it is given: commas and braces mean something to helm."""
    (setting,) = re.findall(r"--set \\\n\s*'(additionalArguments=.*?)'", LKE_GUIDE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: shown, version: 0.0.1}")
    (tmp_path / "templates/shown.yaml").write_text("shown: {{ toJson .Values.additionalArguments }}")
    command = [program("helm"), "template", "shown", tmp_path, "--set", setting]
    environment = {**os.environ, "HOME": str(tmp_path)}
    made = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, timeout=120, env=environment
    )
    redirection = "--entryPoints.web.http.redirections.entryPoint"
    assert yaml.safe_load(made.stdout) == {"shown": [f"{redirection}.to=:443", f"{redirection}.scheme=https"]}
