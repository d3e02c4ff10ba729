"""The ScaledObjects watch the streams and consumers that exist, and miss none."""

from pathlib import Path

from compose import compose

from schemas.jobs import SPECS
from schemas.jobs.base import Lane

KEDA = Path(__file__).parents[2] / "ops" / "keda"


def test_every_request_consumer_is_watched_by_its_workers_scaled_object():
    watched = set()
    for scaled in (d for d in compose(KEDA) if d["kind"] == "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            metadata = trigger["metadata"]
            watched.add((scaled["spec"]["scaleTargetRef"]["name"], metadata["stream"], metadata["consumer"]))
    expected = {
        (spec.service, spec.stream, spec.durable(lane))
        for spec in SPECS.values()
        for lane in spec.lanes or (Lane.STANDARD,)
    }
    assert watched == expected
