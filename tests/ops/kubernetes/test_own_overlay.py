"""The overlay that docs/lke.md tells an operator to write is one that kustomize takes, and does what it says."""

import json
import re
import shutil

import yaml
from kustomized import build
from manifests import ROOT, title

LKE_GUIDE = (ROOT / "docs/lke.md").read_text()


def test_the_documented_overlay_is_built(tmp_path):
    (overlay,) = re.findall(r"```yaml\n(.*?)```", LKE_GUIDE, re.DOTALL)
    shutil.copytree(ROOT / "ops", tmp_path / "proteus/ops")
    (tmp_path / "kustomization.yaml").write_text(overlay)
    made = build(tmp_path)
    documents = {title(document): document for document in yaml.safe_load_all(made)}
    images = set(re.findall(r"image: (\S*proteus\S*)", made))
    assert {image.split("/")[0] for image in images} == {"registry.example.org"}
    assert documents["ConfigMap/proteus"]["data"]["S3_BUCKET"] == "my-shop"
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
