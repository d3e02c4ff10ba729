"""A worker that has to go is given the time that its drain may take."""

import pytest
from manifests import LKE, containers, find, pod

from schemas.jobs import SPECS
from services.worker.settings import WorkerSettings

#: What else a worker may take to end: its last fetch (6 s), the connection (5 s), its probes and its decoders.
ENDING = 20


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.pool.name)
def test_the_grace_period_covers_the_drain(spec):
    worker = find(LKE, "Deployment", spec.pool.name)
    (container,) = pod(worker)["containers"]
    stated = [e["value"] for e in container["env"] if e["name"] == "PROTEUS_DRAIN_SECONDS"]
    drain = float(stated[0]) if stated else WorkerSettings.model_fields["drain_seconds"].default
    assert pod(worker)["terminationGracePeriodSeconds"] >= drain + ENDING


def test_a_weaver_is_started_when_it_is_warm():
    (weaver,) = pod(find(LKE, "Deployment", "weaver"))["containers"]
    assert weaver["startupProbe"]["httpGet"]["path"] == "/readyz"


def test_a_second_signal_never_comes_from_a_hook():
    """The drain begins with SIGTERM: a preStop hook would only eat of its time."""
    for spec in SPECS.values():
        for container in containers(find(LKE, "Deployment", spec.pool.name)):
            assert "lifecycle" not in container
