"""The components for what only some clusters have: each lets through what it says, and no more."""

import shutil

import pytest
from kustomized import compose
from manifests import ROOT
from reach import Party, reaches
from valid import validate

GATEWAY, WEAVER = (
    Party(app, f"10.2.0.{n}", "proteus", {"app": app}) for n, app in enumerate(("gateway", "weaver"))
)
DNS = Party("a node's DNS", "169.254.20.10")
COLLECTOR = Party("collector", "10.2.9.1", "observability", {"app": "collector"})
MIRROR = Party("mirror", "10.2.9.2", "models", {"app": "mirror"})


@pytest.fixture
def policies(tmp_path):
    """Of the LKE overlay and one component; without any, of the overlay alone."""

    def build(*components: str) -> list[dict]:
        shutil.copytree(ROOT / "ops", tmp_path / "ops", dirs_exist_ok=True)
        wanted = ", ".join(f"ops/k8s/components/{name}" for name in components)
        (tmp_path / "kustomization.yaml").write_text(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
            f"resources: [ops/k8s/overlays/lke]\ncomponents: [{wanted}]\n"
        )
        made = compose(tmp_path)
        for document in made:
            validate(document)
        return [document for document in made if document["kind"] == "NetworkPolicy"]

    return build


@pytest.mark.parametrize(
    ("component", "source", "target", "port", "protocol"),
    [
        ("node-local-dns", GATEWAY, DNS, 53, "UDP"),
        ("opentelemetry", GATEWAY, COLLECTOR, 4318, "TCP"),
        ("models-mirror", WEAVER, MIRROR, 443, "TCP"),
    ],
)
def test_it_lets_through_what_the_base_does_not(policies, component, source, target, port, protocol):
    assert not reaches(policies(), source, target, port, protocol)
    made = policies(component)
    assert reaches(made, source, target, port, protocol)
    assert not reaches(made, source, target, 22, "TCP")


def test_the_mirror_is_for_weavers_alone(policies):
    assert not reaches(policies("models-mirror"), GATEWAY, MIRROR, 443, "TCP")


@pytest.mark.parametrize("component", ["monitoring", "nats-chart"])
def test_the_others_are_built_too(policies, component):
    assert policies(component)
