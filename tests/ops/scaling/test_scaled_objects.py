"""The ScaledObjects watch the streams and consumers that exist; their triggers are as KEDA reads them."""

from zoneinfo import ZoneInfo

import pytest
from kustomized import compose
from manifests import OVERLAYS, ROOT, documents

from schemas.jobs import SPECS
from schemas.jobs.base import Lane

#: Each scaler's fields, and those that it needs: kedacore/keda, schema/generated/scalers-schema.json.
FIELDS = {
    "nats-jetstream": (
        {"account", "natsServerMonitoringEndpoint", "stream", "consumer"},
        {"accountID", "lagThreshold", "activationLagThreshold", "useHttps"},
    ),
    "cron": ({"timezone", "start", "end", "desiredReplicas"}, set()),
}


def _scaled(overlay) -> list[dict]:
    return [d for d in documents(overlay) if d["kind"] == "ScaledObject"]


def test_every_request_consumer_is_watched_by_its_workers_scaled_object():
    watched = set()
    for scaled in (d for d in compose(ROOT / "ops/keda") if d["kind"] == "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            metadata = trigger["metadata"]
            watched.add((scaled["spec"]["scaleTargetRef"]["name"], metadata["stream"], metadata["consumer"]))
    expected = {
        (spec.pool.name, spec.stream, spec.durable(lane))
        for spec in SPECS.values()
        for lane in spec.lanes or (Lane.STANDARD,)
    }
    assert watched == expected


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
def test_triggers_say_what_their_scalers_read(overlay):
    for scaled in _scaled(overlay):
        for trigger in scaled["spec"]["triggers"]:
            needed, known = FIELDS[trigger["type"]]
            metadata = trigger["metadata"]
            assert needed <= metadata.keys() <= needed | known, scaled["metadata"]["name"]
            assert all(isinstance(value, str) for value in metadata.values()), "KEDA reads strings alone"


def test_shop_hours_are_hours_of_a_place_and_within_the_maximum():
    (scaled,) = [
        d
        for d in _scaled(ROOT / "ops/k8s/overlays/lke-shop-hours")
        if any(trigger["type"] == "cron" for trigger in d["spec"]["triggers"])
    ]
    (cron,) = [t["metadata"] for t in scaled["spec"]["triggers"] if t["type"] == "cron"]
    ZoneInfo(cron["timezone"])
    opens, closes = (cron[name].split() for name in ("start", "end"))
    assert opens[2:] == closes[2:] == ["*", "*", "1-6"]
    assert int(opens[1]) * 60 + int(opens[0]) < int(closes[1]) * 60 + int(closes[0]) < 24 * 60
    assert scaled["spec"]["minReplicaCount"] == 0
    assert 0 < int(cron["desiredReplicas"]) <= scaled["spec"]["maxReplicaCount"]
    assert {t["type"] for t in scaled["spec"]["triggers"]} == {"nats-jetstream", "cron"}, (
        "the queue counts, too"
    )
