"""A worker that has to go is given the time that its drain may take."""

import pytest
from manifests import ENDING, LKE, SERVICE_ENDING, containers, find, pod

from schemas.jobs import SPECS
from services.worker.settings import WorkerSettings


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.pool.name)
def test_the_grace_period_covers_the_drain(spec):
    worker = find(LKE, "Deployment", spec.pool.name)
    (container,) = pod(worker)["containers"]
    stated = [e["value"] for e in container["env"] if e["name"] == "PROTEUS_DRAIN_SECONDS"]
    drain = float(stated[0]) if stated else WorkerSettings.model_fields["drain_seconds"].default
    assert pod(worker)["terminationGracePeriodSeconds"] >= drain + ENDING


@pytest.mark.parametrize("name", SERVICE_ENDING)
def test_a_service_without_a_drain_is_given_the_time_of_its_end(name):
    """The grace period counts from the deletion on, and so with the hook."""
    grace = pod(find(LKE, "Deployment", name))["terminationGracePeriodSeconds"]
    assert grace >= _slept(name) + SERVICE_ENDING[name]


@pytest.mark.parametrize("name", ["gateway", "web"])
def test_who_is_asked_over_the_network_goes_on_until_nobody_is_sent_there(name):
    """A Service forgets an address some time after its pod was told to end; who listens no more refuses meanwhile."""
    assert _slept(name) >= 5


def _slept(name: str) -> int:
    """Seconds of a Deployment's preStop hook."""
    (container,) = pod(find(LKE, "Deployment", name))["containers"]
    hook = container.get("lifecycle", {}).get("preStop", {}).get("exec", {"command": ["sleep", "0"]})
    program, seconds = hook["command"]
    assert program == "sleep"
    return int(seconds)


@pytest.mark.parametrize("name", ["gateway", "weaver", "tailor", "fitter", "arbitrator"])
def test_who_waits_is_not_killed_and_is_sent_nothing(name):
    """Live at once, ready when what it needs is there: a start-up probe of readiness ends a pod that waits."""
    (container,) = pod(find(LKE, "Deployment", name))["containers"]
    probes = {
        kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")
    }
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}


def test_a_rollout_of_weavers_is_given_the_time_of_a_new_node():
    assert find(LKE, "Deployment", "weaver")["spec"]["progressDeadlineSeconds"] == 1800


@pytest.mark.parametrize(
    "name", [*(spec.pool.name for spec in SPECS.values()), "gateway", "arbitrator", "web", "nats"]
)
def test_a_drained_node_takes_one_at_a_time(name):
    """Or leaves one."""
    budget = dict(find(LKE, "PodDisruptionBudget", name)["spec"])
    assert budget.pop("selector") == {"matchLabels": {"app": name}}
    assert budget in ({"maxUnavailable": 1}, {"minAvailable": 1})


def test_a_second_signal_never_comes_from_a_hook():
    """The drain begins with SIGTERM: a preStop hook would only eat of its time."""
    for spec in SPECS.values():
        for container in containers(find(LKE, "Deployment", spec.pool.name)):
            assert "lifecycle" not in container
