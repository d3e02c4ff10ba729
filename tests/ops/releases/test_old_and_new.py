"""Versions on one stream: what an older one wrote is read, and what a newer one adds does no harm."""

import json
from pathlib import Path

import pytest
from manifests import ROOT
from pydantic import TypeAdapter, ValidationError

from schemas.events import JobEvent
from schemas.jobs import SPECS
from schemas.jobs.base import Cancellation, JobStarted, Message
from schemas.workers import WorkerInfo

#: Messages as each version wrote them. Never changed: a version's own messages are added when it is released.
WIRE = sorted((Path(__file__).parent / "wire").glob("*.json"))
READERS: dict[str, type[Message]] = {
    reader.__name__: reader
    for reader in (
        *(spec.request for spec in SPECS.values()),
        *(spec.result for spec in SPECS.values()),
        JobStarted,
        JobEvent,
        Cancellation,
        WorkerInfo,
    )
}
recorded = pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param(name, message, id=f"{path.stem} {name}")
        for path in WIRE
        for name, message in json.loads(path.read_text()).items()
    ],
)


def test_every_kind_of_message_is_recorded():
    assert {name for path in WIRE for name in json.loads(path.read_text())} == READERS.keys()


@recorded
def test_what_an_older_version_wrote_is_read_and_nothing_of_it_is_lost(name, message):
    read = json.loads(READERS[name].model_validate_json(json.dumps(message)).model_dump_json())
    assert _part_of(message, read)


def _part_of(told, read):
    """Everything that was told, whatever has come to it since."""
    if isinstance(told, dict):
        return all(key in read and _part_of(value, read[key]) for key, value in told.items())
    if isinstance(told, list):
        return len(told) == len(read) and all(map(_part_of, told, read))
    return told == read


@recorded
def test_what_a_newer_version_adds_is_ignored(name, message):
    newer = json.dumps({**message, "of_a_later_version": {"nested": [1]}})
    TypeAdapter(READERS[name]).validate_json(newer)


def test_a_parameter_that_a_weaver_does_not_know_is_refused_as_the_guide_says():
    """Rather than make another picture than was asked for: so weavers are upgraded before gateways."""
    message = json.loads(WIRE[0].read_text())["TryOnRequest"]
    message["params"]["of_a_later_version"] = 1
    with pytest.raises(ValidationError):
        READERS["TryOnRequest"].model_validate_json(json.dumps(message))
    assert "**Weavers and tailors before gateways.**" in (ROOT / "docs/upgrading.md").read_text()
